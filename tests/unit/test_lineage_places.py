"""Where tables come from is named as others name it, and never with what opens the door."""

from pathlib import Path

import pytest

from xuanpin.pipelines.lineage.places import Place, drop_places
from xuanpin.pipelines.settings.running import SourcesSettings

SOURCES = Path("/data/drops")


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({}, [Place("file", "/data/drops/orders")]),
        ({"orders": {"reads": "erp/o*.csv"}}, [Place("file", "/data/drops/erp/o*.csv")]),
        (
            {"orders": {"reads": "a.csv | b.csv"}},
            [Place("file", "/data/drops/a.csv"), Place("file", "/data/drops/b.csv")],
        ),
    ],
)
def test_drops_are_named_by_their_paths(tables: dict[str, object], expected: list[Place]) -> None:
    settings = SourcesSettings.model_validate({"tables": tables})
    assert list(drop_places("orders", SOURCES, settings, {})) == expected


def test_a_night_without_drops_names_no_path() -> None:
    assert drop_places("orders", None, SourcesSettings(), {}) == ()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://me:s3cret@db:6432/shop", [Place("postgres://db:6432", "shop.public.orders")]),
        ("postgresql://db/shop?password=s3cret", [Place("postgres://db:5432", "shop.public.orders")]),
        ("postgresql://me:s3cret@/shop?host=/run/pg", []),
        ("postgresql://me:s3cret@db.internal:port/shop", []),
        ("host=db.internal password=s3cret dbname=shop", []),
        ("", []),
    ],
)
def test_a_database_is_named_without_whoever_connects(address: str, expected: list[Place]) -> None:
    settings = SourcesSettings(kind="postgres", connection_variable="SHOP")
    found = list(drop_places("orders", None, settings, {"SHOP": address}))
    assert found == expected
    assert "s3cret" not in str(found)


def test_a_table_of_another_schema_keeps_it() -> None:
    settings = SourcesSettings.model_validate({"kind": "postgres", "tables": {"orders": {"reads": "erp.lines"}}})
    found = drop_places("orders", None, settings, {"XUANPIN_SOURCE_URI": "postgresql://h/shop"})
    assert found == (Place("postgres://h:5432", "shop.erp.lines"),)
