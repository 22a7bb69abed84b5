"""What looks like a file and is not one of its own: links, pipes and sockets among drops and in the home."""

import logging
import os
import socket
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.drop_folder import DAY, NOW, Platform, row
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.feedback.labels import read_labels
from xuanpin.pipelines.feedback.whole_models import broken_models, is_whole
from xuanpin.pipelines.home_files import noted_set_aside
from xuanpin.pipelines.republishing.recall import recalls_in_force
from xuanpin.pipelines.typed.plain_files import leads_out

pytestmark = pytest.mark.whole

ORDER = '{"order_line_id": "L9"}\n'


def outside(tmp_path: Path, name: str) -> Path:
    """A place beside the source folder and the home."""
    place = tmp_path / "outside" / name
    place.parent.mkdir(exist_ok=True)
    return place


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("orders/day.jsonl", "secret.jsonl"),
        ("orders/deep/er/day.jsonl", "secret.jsonl"),
        ("orders/folder", ""),
        ("orders/chain.jsonl", "chain"),
    ],
)
def test_a_link_out_of_the_source_folder_is_refused_by_name(tmp_path: Path, path: str, target: str) -> None:
    platform = Platform(tmp_path).begun()
    outside(tmp_path, "secret.jsonl").write_text(ORDER, encoding="utf-8")
    outside(tmp_path, "chain").symlink_to(outside(tmp_path, "secret.jsonl"))
    link = platform.sources / path
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside(tmp_path, target) if target else tmp_path / "outside")
    with pytest.raises(InputRefused) as refusal:
        platform.night()
    assert f"orders: file {path} is a link to a place outside" in str(refusal.value)
    assert "put the file itself there" in str(refusal.value) and "secret" not in str(refusal.value)
    assert platform.values("select count(*) from source.orders") == [1]


def test_a_table_folder_that_leads_out_is_refused(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    (platform.sources / "orders").rmdir()
    outside(tmp_path, "orders").mkdir()
    (platform.sources / "orders").symlink_to(outside(tmp_path, "orders"))
    with pytest.raises(InputRefused, match="orders: file orders is a link to a place outside"):
        platform.night()


def test_a_link_within_the_source_folder_is_read(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    stored = platform.sources / "stored"
    stored.mkdir()
    platform.write(
        "../sources/stored", "day.csv", platform.drop("orders", "x.csv", row("orders", order_line_id="L2")).read_bytes()
    )
    (platform.sources / "orders" / "x.csv").unlink()
    (platform.sources / "orders" / "day.csv").symlink_to("../stored/day.csv")
    platform.night()
    assert platform.values("select order_line_id from source.orders order by all") == ["L1", "L2"]


def test_the_source_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    real = platform.sources.rename(tmp_path / "mounted")
    platform.sources.symlink_to(real)
    platform.drop("orders", "more.csv", row("orders", order_line_id="L2"))
    platform.night()
    assert platform.values("select order_line_id from source.orders order by all") == ["L1", "L2"]


def test_pipes_and_sockets_are_passed_over_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    platform = Platform(tmp_path).begun()
    orders = platform.sources / "orders"
    os.mkfifo(orders / "pipe.csv")
    (orders / "to_pipe.csv").symlink_to("pipe.csv")
    (orders / "nowhere.csv").symlink_to("nothing")
    (orders / "itself.csv").symlink_to("itself.csv")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(orders)
        server.bind("socket.csv")
        os.chdir(here)
        with caplog.at_level(logging.INFO):
            assert platform.night() == (0, 0)
    said = caplog.text
    assert "orders: 5 files are skipped, not being drops, such as orders/itself.csv" in said


def test_a_drop_that_has_a_second_name_elsewhere_is_read(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    more = platform.drop("orders", "more.csv", row("orders", order_line_id="L2"))
    os.link(more, tmp_path / "copy_of_yesterday.csv")  # as rsync --link-dest and cp -al leave them
    platform.night()
    assert platform.values("select order_line_id from source.orders order by all") == ["L1", "L2"]


@pytest.mark.parametrize("name", ["/planted.csv", "a/../../../planted.csv", "a\\..\\..\\planted.csv"])
def test_a_packed_drop_is_unpacked_under_a_name_of_ours(tmp_path: Path, name: str) -> None:
    platform = Platform(tmp_path).begun()
    plain = platform.drop("orders", "x.csv", row("orders", order_line_id="L2"))
    with zipfile.ZipFile(platform.sources / "orders" / "day.zip", "w") as archive:
        archive.writestr(name, plain.read_bytes())
    plain.unlink()
    platform.night()
    assert platform.values("select order_line_id from source.orders order by all") == ["L1", "L2"]
    assert not list(tmp_path.rglob("planted*")) and not Path("/planted.csv").exists()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose folders hold nothing yet."""
    home = Home(tmp_path / "home")
    for folder in (home.overrides, home.labels, home.reviews, home.models / "sentiment" / "2026-11-20-0123456789ab"):
        folder.mkdir(parents=True)
    return home


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_files_of_the_home_that_are_links_out_or_pipes_are_set_aside(tmp_path: Path, home: Home, kind: str) -> None:
    model = home.models / "sentiment" / "2026-11-20-0123456789ab"
    for path in (home.labels / "labels.csv", home.reviews / "recall-2026-11-22-x.json", model / "metrics.json"):
        _plant(path, outside(tmp_path, path.name), kind)
    said = "outside the home" if kind == "link" else "a pipe"
    labels, (fault,) = read_labels(home.labels)
    assert labels == {} and fault.path == "labels/labels.csv" and said in fault.problem
    assert recalls_in_force(home, DAY) == {}
    assert [(noted.path, said in noted.problem) for noted in noted_set_aside(home)] == [
        ("reviews/recall-2026-11-22-x.json", True)
    ]
    assert not is_whole(model)
    assert [noted.path for noted in broken_models(home)] == ["models/sentiment/2026-11-20-0123456789ab/metrics.json"]


def test_an_override_that_is_a_link_out_is_set_aside_and_one_within_is_read(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    platform.home.overrides.mkdir()
    lines = "override_id,sku_id,action,starts_on,reason,author,created_at\n{},S1,pin,2026-11-22,节日,运营,{}\n"
    stamp = datetime(2026, 11, 21, 9, tzinfo=NOW.tzinfo).isoformat()
    outside(tmp_path, "o.csv").write_text(lines.format("V1", stamp), encoding="utf-8")
    (platform.home.overrides / "out.csv").symlink_to(outside(tmp_path, "o.csv"))
    (platform.home.overrides / "kept.txt").write_text(lines.format("V2", stamp), encoding="utf-8")
    (platform.home.overrides / "in.csv").symlink_to("kept.txt")
    os.mkfifo(platform.home.overrides / "pipe.csv")
    platform.night()
    assert platform.values("select override_id from source.overrides") == ["V2"]
    (fault,) = noted_set_aside(platform.home)
    assert fault.path == "overrides/out.csv" and "a link to a place outside" in fault.problem


def test_where_a_path_leads_is_found_through_its_links(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "alias").symlink_to("root")
    (tmp_path / "root" / "up").symlink_to("..")
    assert not leads_out(tmp_path / "alias" / "a", tmp_path / "root")
    assert leads_out(tmp_path / "root" / "up" / "a", tmp_path / "alias")
    assert leads_out(tmp_path / "root_beside", tmp_path / "root")


def _plant(path: Path, target: Path, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(path)
        return
    target.write_text("message_id,label,labelled_on,aspects\nm1,满意,2026-11-20,\n", encoding="utf-8")
    path.symlink_to(target)
