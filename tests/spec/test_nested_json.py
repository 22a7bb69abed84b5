"""Orders of JSON with objects and lists within them: what becomes columns, what a view takes apart, what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.drop_folder import Platform, Row, row
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.formats.header import Wanted
from xuanpin.pipelines.ingest.formats.json_rows import has_lines, json_rows
from xuanpin.pipelines.settings import Settings, load_settings

LINE = {name: value for name, value in row("orders", order_line_id="L2").items() if name != "customer_id"}


def mapped(**columns: str) -> Settings:
    table = {"columns": columns, "accepts": ["json_documents"]}
    return Settings.model_validate({"sources": {"tables": {"orders": table}}})


def written(tmp_path: Path, settings: Settings, *rows: Row) -> Platform:
    platform = Platform(tmp_path, settings).begun()
    platform.write("orders", "more.jsonl", "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in rows).encode())
    return platform


def test_a_member_of_an_object_is_a_column(tmp_path: Path) -> None:
    buyer = {"Id": "C1", "phones": ["1"]}
    platform = written(
        tmp_path,
        mapped(**{"buyer.id": "customer_id"}),
        LINE | {"buyer": buyer},
        LINE | {"buyer": buyer, "order_line_id": "L3"},
    )
    assert platform.night() == (2, 2)
    assert platform.values("select distinct customer_id from source.orders") == ["C1"]


def test_a_name_with_a_point_is_a_column_of_its_own(tmp_path: Path) -> None:
    platform = written(
        tmp_path, mapped(**{"buyer.id": "customer_id"}), LINE | {"buyer.id": "C1", "buyer": {"id": "C9"}}
    )
    assert platform.night() == (1, 1)
    assert platform.values("select customer_id from source.orders where order_line_id = 'L2'") == ["C1"]


@pytest.mark.parametrize(
    ("header", "value", "says"),
    [
        (
            "buyers.id",
            {"buyers": [{"id": "C1"}]},
            "has a list of objects in buyers, and one row can hold but one of each",
        ),
        (
            "buyer.who.id",
            {"buyer": {"who": {"id": "C1"}}},
            "has who.id more than one level below buyer; take it in a view",
        ),
    ],
)
def test_what_lies_deeper_is_refused_with_the_view_that_takes_it(
    tmp_path: Path, header: str, value: dict[str, Any], says: str
) -> None:
    platform = written(tmp_path, mapped(**{header: "customer_id"}), LINE | value, LINE | value)
    with pytest.raises(InputRefused) as refusal:
        platform.night()
    assert says in str(refusal.value)


def test_a_view_makes_a_row_of_each_line_of_an_order(tmp_path: Path) -> None:
    (tmp_path / "lines.sql").write_text(
        "select d.*, one ->> '$.line' as order_line_id, one ->> '$.sku' as sku_id, one ->> '$.n' as quantity\n"
        'from "drop" as d, unnest(cast(d."items" as json[])) as t(one)',
        encoding="utf-8",
    )
    (tmp_path / "xuanpin.toml").write_text(
        '[sources.tables.orders]\nview = "lines.sql"\naccepts = ["json_documents"]\n', encoding="utf-8"
    )
    order = {
        name: value for name, value in row("orders").items() if name not in ("order_line_id", "sku_id", "quantity")
    }
    items = [{"line": f"N{n}", "sku": "S1", "n": n} for n in (1, 2)]
    platform = Platform(tmp_path, load_settings(tmp_path / "xuanpin.toml")).begun()
    platform.write("orders", "one.json", json.dumps(order | {"items": items}).encode())
    platform.write(
        "orders", "list.json", json.dumps([order | {"items": [items[0] | {"line": "N3"}]}], indent=1).encode()
    )
    assert platform.night() == (3, 3)
    assert platform.values("select sum(quantity) from source.orders where order_line_id in ('N1', 'N2', 'N3')") == [4]


WANTED = Wanted("orders", (frozenset({"a"}), frozenset({"b"})), may_be_document=True)


@pytest.mark.parametrize(
    ("text", "is_lines"),
    [
        ('{"a": 1, "b": 2, "items": [{"b": 3}]}', True),
        ('{"code": 0, "b": [{"a": 1, "b": 2}]}', True),
        ('{"code": 0, "data": [{"a": 1, "b": 2}]}', False),
        ('{"a": 1, "data": [{"a": 1, "b": 2}]}', False),
        ('{"code": 0, "data": [{"c": 1}]}', False),
    ],
)
def test_one_object_is_a_row_if_it_has_more_of_the_columns_than_its_list(
    tmp_path: Path, text: str, is_lines: bool
) -> None:
    file = tmp_path / "a.json"
    file.write_text(text, encoding="utf-8")
    assert has_lines(file, WANTED) == is_lines


@pytest.mark.parametrize(
    "text",
    [
        '{"data": [{"a": 1}],\n "total": 1}',
        '{"code": {"x": "{"}, "data":\n{"list": [{"a": 1}], "next": {"page": 2}}, "more": [{"z": 1}]}\n',
        '[{"a": 1}\n]',
        '{"data": [{"a": 1}\n]',
    ],
)
def test_what_follows_the_list_of_a_document_is_left(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text, encoding="utf-8")
    drop = Drop("orders", "a.json", file, 1, "")
    assert [found for _, found in json_rows(drop, file, WANTED)] == [{"a": 1}]


def test_a_second_document_is_refused_and_not_lost(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{\n"data": [{"a": 1}]}\n{\n"data": [{"a": 2}]}\n', encoding="utf-8")
    with pytest.raises(InputRefused, match="holds several JSON documents one after another"):
        list(json_rows(Drop("orders", "a.json", file, 1, ""), file, WANTED))
