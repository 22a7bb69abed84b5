"""Drops that `make fuzz` has found to end a night in a traceback: what comes of each kind now."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.drop_folder import Platform, row
from xuanpin.pipelines.errors import InputRefused

pytestmark = pytest.mark.whole


def test_a_name_in_json_with_a_broken_character_is_a_column_that_nobody_reads(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    first, *rest = [
        json.dumps(row("groups", group_id=f"G{number}", 备注="群里的人"), ensure_ascii=False) for number in range(9)
    ]
    broken = first.encode().replace(b"{", b'{"note\xff": "x", "NOTE\xff": "y", ', 1)
    platform.write("groups", "a.jsonl", b"\n".join([broken, *(text.encode() for text in rest)]))
    platform.night()
    assert len(platform.values("select group_id from source.groups")) == 9


@pytest.mark.parametrize("packing", ["snappy", "none"])
def test_a_parquet_file_whose_pages_are_damaged_is_refused_by_name(tmp_path: Path, packing: str) -> None:
    platform = Platform(tmp_path).begun()
    sink = io.BytesIO()
    table = pa.Table.from_pylist([row("groups", group_id=f"G{number}") for number in range(9)])
    pq.write_table(table, sink, compression=packing, use_dictionary=False)
    whole = sink.getvalue()
    platform.drop("groups", "whole.parquet", row("groups"))
    platform.write("groups", "torn.parquet", whole[:4] + b"\xff" * 60 + whole[64:])
    with pytest.raises(InputRefused, match=r"groups: .*torn\.parquet cannot be read to its end"):
        platform.night()
