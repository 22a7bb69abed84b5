"""A bad file in the home is set aside by name and told, and the night goes on; no verb writes what a night refuses."""

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Platform
from tests.support.platform_rows import LAST_DAY
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.explain import status_facts
from xuanpin.pipelines.home_files import noted_set_aside
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.republishing.recall import Recall, recall, recalls_in_force
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

XUANPIN = Path(sys.executable).with_name("xuanpin")
LIST_DATE = LAST_DAY + timedelta(days=1)
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=BEIJING)
LATER = NOW + timedelta(hours=12)
WITHOUT_PRIVILEGE = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Words before a command that bind root to the permissions of its own files, as everybody is bound."""
INGEST = [step for step in STEPS if step.name == "ingest"]
HEADER = "override_id,sku_id,action,starts_on,ends_on,reason,author,approved_by,created_at\n"


@pytest.fixture
def home(published: Home, tmp_path: Path) -> Home:
    return Home(shutil.copytree(published.root, tmp_path / "home"))


def row(sku: str, starts_on: str = "2026-11-23", override_id: str = "M1") -> str:
    return f"{override_id},{sku},ban,{starts_on},,投诉,王采,,2026-11-22T14:00:00+08:00\n"


def take_in(home: Home, platform: Platform, now: datetime = LATER) -> list[dict[str, object]]:
    """Take the drops in, as the next night does first; returns the home's own overrides that are known then."""
    request = RunRequest(LAST_DAY, home, platform.sources, Settings(), now)
    run_night(request, steps=INGEST)
    with open_night(request) as night:
        columns = ("override_id", "sku_id", "starts_on", "ends_on", "created_at")
        rows = night.engine.read("source.overrides", columns=columns, order_by=("created_at",)).to_pylist()
    return [row for row in rows if not row["override_id"].startswith("V")]


def listed(home: Home) -> list[str]:
    ids: list[str] = run_store.read_table(home, run_store.require_run(home), "sku_list")["sku_id"].to_pylist()
    return ids


def test_a_recall_that_is_lifted_is_a_ban_that_has_ended(home: Home, platform: Platform) -> None:
    sku = listed(home)[0]
    recall(home, Settings(), Recall(sku, LIST_DATE, "投诉", "王采", NOW))
    assert set(recalls_in_force(home, LIST_DATE)) == {sku}
    lift = Recall(sku, LIST_DATE, "检过了", "王采", NOW + timedelta(hours=1), LAST_DAY - timedelta(days=3))
    assert recall(home, Settings(), lift).state == "recalled", "the list of the day stays as it is"
    assert recalls_in_force(home, LIST_DATE) == {}
    first, last = take_in(home, platform)
    assert (first["starts_on"], first["ends_on"]) == (LIST_DATE, None)
    assert (last["starts_on"], last["ends_on"]) == (LAST_DAY - timedelta(days=3), LAST_DAY - timedelta(days=3))
    assert first["override_id"] == last["override_id"]
    assert noted_set_aside(home) == []


def test_a_recall_holds_through_the_day_to_which_it_is_lifted(home: Home) -> None:
    sku, next_day = listed(home)[0], LIST_DATE + timedelta(days=1)
    recall(home, Settings(), Recall(sku, LIST_DATE, "投诉", "王采", NOW))
    decision = Recall(sku, LIST_DATE, "检过了", "王采", NOW + timedelta(hours=1), LIST_DATE)
    recall(home, Settings(), decision)
    assert set(recalls_in_force(home, LIST_DATE)) == {sku}
    assert recalls_in_force(home, next_day) == {}


def test_what_was_never_recalled_cannot_be_lifted_and_nothing_is_written(home: Home) -> None:
    sku = listed(home)[0]
    with pytest.raises(UsageError, match="never recalled"):
        recall(home, Settings(), Recall(sku, LIST_DATE, "检过了", "王采", NOW, LAST_DAY - timedelta(days=3)))
    assert not home.reviews.exists() and not home.overrides.exists()


def test_no_verb_writes_a_decision_that_a_night_could_not_read(home: Home) -> None:
    with pytest.raises(UsageError, match="tonight could not read"):
        recall(home, Settings(), Recall(listed(home)[0], LIST_DATE, "\udc80", "王采", NOW))
    assert not home.reviews.exists() and not home.overrides.exists()


def test_the_same_recall_given_again_writes_nothing_new(home: Home) -> None:
    asked = Recall(listed(home)[0], LIST_DATE, "投诉", "王采", NOW)
    shown = recall(home, Settings(), asked)
    before = sorted(path.name for folder in (home.reviews, home.overrides) for path in folder.iterdir())
    assert recall(home, Settings(), Recall(asked.sku_id, LIST_DATE, "投诉", "王采", LATER)) == shown
    assert sorted(path.name for folder in (home.reviews, home.overrides) for path in folder.iterdir()) == before


BAD_OVERRIDES = {
    "wrong date": (HEADER + row("SKU", "2026-13-45")).encode(),
    "ends before it starts": (HEADER + row("SKU").replace(",,投诉", ",2026-11-01,投诉")).encode(),
    "no columns of ours": b"a,b\n1,2\n",
    "rubbish": bytes(range(256)) * 9,
    "half a line of JSON": b'{"override_id": "M1", "sku_id": "S0',
    "empty": b"",
    "from the future": (HEADER + row("SKU").replace("2026-11-22T14", "2027-11-22T14")).encode(),
}


@pytest.mark.parametrize("kind", BAD_OVERRIDES)
def test_a_bad_file_of_overrides_is_set_aside_and_the_good_ones_are_read(
    home: Home, platform: Platform, kind: Any
) -> None:
    sku = listed(home)[0]
    home.overrides.mkdir()
    (home.overrides / "good.csv").write_text(HEADER + row(sku, override_id="M2"), encoding="utf-8")
    bad = home.overrides / "bad.csv"
    bad.write_bytes(BAD_OVERRIDES[kind].replace(b"SKU", sku.encode()))
    assert [found["override_id"] for found in take_in(home, platform)] == ["M2"]
    (fault,) = noted_set_aside(home)
    assert fault.path == "overrides/bad.csv" and "bad.csv" not in fault.problem and "王采" not in fault.problem
    assert bad.read_bytes() == BAD_OVERRIDES[kind].replace(b"SKU", sku.encode()), "nothing is deleted"
    assert "overrides/bad.csv is set aside" in (home.logs / "xuanpin.log").read_text(encoding="utf-8")
    assert any("overrides/bad.csv" in sentence for sentence in status_facts(home, None, Settings())["set_aside"])
    bad.write_text(HEADER + row(sku, override_id="M3"), encoding="utf-8")
    assert {found["override_id"] for found in take_in(home, platform)} == {"M2", "M3"}
    assert noted_set_aside(home) == [], "mended, it is read and no longer told"


def test_folders_and_links_to_nowhere_among_overrides_hold_nothing_up(home: Home, platform: Platform) -> None:
    (home.overrides / "folder.csv").mkdir(parents=True)
    (home.overrides / "link.csv").symlink_to("nowhere")
    for name in ("~$sheet.xlsx", "desktop.ini", "half.csv.part"):
        (home.overrides / name).write_bytes(b"no drop")
    (home.overrides / "good.csv").write_text(HEADER + row(listed(home)[0]), encoding="utf-8")
    assert len(take_in(home, platform)) == 1
    assert noted_set_aside(home) == []


def spoil(home: Home) -> None:
    """Lay bad files in every folder of the home that a night reads."""
    model = home.models / "sentiment" / "2026-11-20-0123456789ab"
    for folder in (home.reviews, home.labels, model):
        folder.mkdir(parents=True)
    (model / "metrics.json").touch()
    (home.reviews / "recall-2026-11-22-half.json").write_text('{"sku_id": "S0', encoding="utf-8")
    (home.reviews / "recall-2026-11-22-list.json").write_text("[]", encoding="utf-8")
    (home.reviews / "recall-2026-11-22-folder.json").mkdir()
    naive = {
        "sku_id": "S1",
        "list_date": "2026-11-22",
        "reason": "r",
        "by": "b",
        "at": "2026-11-22T08:00",
        "until": None,
    }
    (home.reviews / "recall-2026-11-22-naive.json").write_text(json.dumps(naive), encoding="utf-8")
    rows = "message_id,label,labelled_on,aspects\nm1,满意,2026-11-20,\nm2,满意,20-11-2026,\nm3,好,2026-11-20,\n"
    (home.labels / "labels.csv").write_text(rows, encoding="utf-8")


SPOILT = [
    "labels/labels.csv",
    "models/sentiment/2026-11-20-0123456789ab/metrics.json",
    "reviews/recall-2026-11-22-folder.json",
    "reviews/recall-2026-11-22-half.json",
    "reviews/recall-2026-11-22-list.json",
    "reviews/recall-2026-11-22-naive.json",
]


def test_a_night_over_bad_files_everywhere_goes_on_and_tells_them(platform: Platform, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    spoil(home)
    before = {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}
    platform.night(home.root)
    shown = run_store.require_run(home)
    checks = {row["check_name"]: row for row in run_store.read_table(home, shown, "run_quality").to_pylist()}
    assert checks["home.files_set_aside"]["result"] == "warn"
    assert [fault.path for fault in noted_set_aside(home)] == SPOILT
    assert all(path.read_bytes() == content for path, content in before.items()), "nothing is changed or deleted"
    assert "sentiment/2026-11-20-0123456789ab" not in run_store.manifest(home, shown)["model_versions"]


def test_labels_are_not_imported_over_a_store_that_cannot_be_read(home: Home, tmp_path: Path) -> None:
    home.labels.mkdir()
    (home.labels / "labels.csv").write_bytes(b"\xff\xfe\x00rubbish")
    (tmp_path / "sheet.csv").write_text("message_id,label\nm1,满意\n", encoding="utf-8")
    words = ["label", "import", tmp_path / "sheet.csv", "--home", home.root]
    said = subprocess.run([XUANPIN, *map(str, words)], capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert "labels/labels.csv" in said.stderr and "Nothing was taken" in said.stderr
    assert (home.labels / "labels.csv").read_bytes() == b"\xff\xfe\x00rubbish"


def test_a_file_that_may_not_be_read_is_set_aside(home: Home, platform: Platform) -> None:
    home.overrides.mkdir()
    locked = home.overrides / "locked.csv"
    locked.write_text(HEADER + row(listed(home)[0]), encoding="utf-8")
    locked.chmod(0)
    words = ["nightly", "--home", home.root, "--sources", platform.sources, "--as-of", LAST_DAY]
    said = subprocess.run([*WITHOUT_PRIVILEGE, XUANPIN, *map(str, words)], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert [fault.path for fault in noted_set_aside(home)] == ["overrides/locked.csv"]
