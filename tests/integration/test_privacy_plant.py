"""Personal data of every kind, planted wherever somebody can write, leaves everything that is written or said."""

import shutil

import pytest

from tests.conftest import LAST_DAY, Platform
from tests.support.personal_kinds import kinds
from tests.support.plant import Planted, plant, run_everything
from tests.support.plant_scan import finds, inside, outside


@pytest.fixture(scope="module")
def planted(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    root = tmp_path_factory.mktemp("plant")
    shutil.copytree(platform.sources, root / "sources")
    done = Planted(root, kinds(), LAST_DAY)
    plant(done)
    run_everything(done)
    return done


def test_everything_ran(planted: Planted) -> None:
    expected = {"night": "published", "refusal": "Nothing of this night was kept", "recall": "recalled"}
    assert {name: word for name, word in expected.items() if word not in planted.said[name]} == {}
    assert all("Error" not in said.splitlines()[-1] for name, said in planted.said.items() if name != "refusal")
    assert {path.name for path in planted.out.iterdir()} == {
        "labels.csv",
        "labels.xlsx",
        "messages-001.csv",
        "overrides.csv",
        "docs",
    }


def test_nothing_is_left_outside_the_warehouse(planted: Planted) -> None:
    read = outside(planted)
    assert any("〔电话〕" in text for place, text in read.items() if place.endswith("report.html"))
    left = {(find.kind.kind, find.kind.form, find.secret, find.place) for find in finds(read, planted.kinds)}
    assert left == set()


def test_inside_the_warehouse_names_are_in_their_table_alone(planted: Planted) -> None:
    read = inside(planted)
    assert "〔电话〕" in read["source.chat_messages"]
    left = {(find.kind.kind, find.kind.form, find.place) for find in finds(read, planted.kinds)}
    assert {found for found in left if found[2] != "ops.known_names"} == set()
    assert {kind for kind, _, _ in left} == {"name"}
