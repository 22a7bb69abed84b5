"""Answers that are tapped one at a time become one drop, which never changes once a night may read it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from xuanpin.pipelines import open_drop
from xuanpin.pipelines.ingest.drops import is_no_drop

HEADER = ("sku_id", "updated_at")
NINE = "2026-11-22T09:00:00+08:00"


def rows(*skus: str) -> str:
    return open_drop.content_of(HEADER, [(sku, NINE) for sku in skus])


def test_what_is_added_stands_below_one_header_and_one_answer_is_a_drop_as_an_import_writes_it(tmp_path: Path) -> None:
    open_drop.append(tmp_path, rows("S1"))
    open_drop.close(tmp_path)
    (alone,) = tmp_path.iterdir()
    assert alone.name == open_drop.drop_name(rows("S1"), datetime.fromisoformat(NINE))
    assert alone.read_text(encoding="utf-8") == rows("S1")
    for sku in ("S2", "S3"):
        open_drop.append(tmp_path, rows(sku))
    assert is_no_drop(Path(open_drop.OPEN))
    open_drop.close(tmp_path)
    (both,) = set(tmp_path.iterdir()) - {alone}
    assert both.read_text(encoding="utf-8") == rows("S2", "S3")
    assert alone.read_text(encoding="utf-8") == rows("S1")


def test_a_row_that_a_killed_process_wrote_in_part_is_neither_read_nor_kept(tmp_path: Path) -> None:
    open_drop.append(tmp_path, rows("S1"))
    with (tmp_path / open_drop.OPEN).open("a") as out:
        out.write("S2,2026-11")
    read, mark = open_drop.read(tmp_path)
    assert [row["sku_id"] for row in read] == ["S1"]
    open_drop.append(tmp_path, rows("S3"))
    assert [row["sku_id"] for row in open_drop.read(tmp_path)[0]] == ["S1", "S3"]
    assert [row["sku_id"] for row in open_drop.read(tmp_path, mark)[0]] == ["S3"], "what was read in part is read whole"
    (tmp_path / open_drop.OPEN).write_text("sku_id,upd", encoding="utf-8")
    open_drop.append(tmp_path, rows("S4"))
    open_drop.close(tmp_path)
    (drop,) = tmp_path.iterdir()
    assert drop.read_text(encoding="utf-8") == rows("S4")


def test_where_nothing_was_added_there_is_no_drop(tmp_path: Path) -> None:
    open_drop.close(tmp_path)
    (tmp_path / open_drop.OPEN).write_text("sku_id,updated_at\n", encoding="utf-8")
    open_drop.close(tmp_path)
    assert not list(tmp_path.iterdir())
    assert open_drop.read(tmp_path) == ([], open_drop.BEGINNING)
