"""Each rule of a contract, derived or declared, names the row that breaks it and spares the row that does not."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from tests.support.source_rows import complete
from xuanpin.pipelines.contracts import load_contract, source_contracts
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.ingest import quarantine
from xuanpin.pipelines.ingest.plausible import Plausible

NOW = datetime(2026, 11, 22, 9, 0)
TIMES = Plausible(date(2010, 1, 1), NOW)
GOOD: dict[str, dict[str, Any]] = {
    "products": {"sku_id": "S1"},
    "inventory": {"sku_id": "S1", "as_of_date": NOW.date()},
    "agents": {"agent_id": "A1"},
    "groups": {"group_id": "G1"},
    "orders": {
        "order_line_id": "L1",
        "ordered_at": datetime(2026, 11, 20, 8),
        "delivered_at": datetime(2026, 11, 21, 8),
        "updated_at": datetime(2026, 11, 21, 9),
    },
    "returns": {
        "return_id": "R1",
        "order_line_id": "L1",
        "requested_at": datetime(2026, 11, 21, 8),
        "updated_at": datetime(2026, 11, 21, 9),
    },
    "overrides": {"override_id": "V1", "created_at": datetime(2026, 11, 1)},
}
BAD = [
    ("products", {"sku_id": None}, ["sku_id_missing"]),
    ("products", {"sku_id": "  "}, ["sku_id_blank"]),
    ("products", {"status": "sold"}, ["status_not_allowed"]),
    ("products", {"list_price": 0}, ["list_price_below_minimum"]),
    ("products", {"list_price": -5}, ["list_price_below_minimum"]),
    ("products", {"style_tags": None}, ["style_tags_missing"]),
    ("products", {"launched_on": date(2009, 12, 31)}, ["launched_on_implausible"]),
    ("products", {"launched_on": date(2010, 1, 1), "season_end": date(2047, 1, 1)}, ["season_end_implausible"]),
    ("products", {"updated_at": datetime(2026, 11, 23, 9, 0, 1)}, ["updated_at_implausible"]),
    ("products", {"season_start": NOW.date(), "season_end": datetime(2026, 1, 1).date()}, ["season_ends_before_start"]),
    ("inventory", {"as_of_date": datetime(2026, 11, 23).date()}, ["as_of_date_after_now"]),
    ("agents", {"min_satisfaction": 1.01}, ["min_satisfaction_above_maximum"]),
    ("agents", {"min_satisfaction": float("nan")}, ["min_satisfaction_above_maximum", "min_satisfaction_not_finite"]),
    ("agents", {"price_min": 20, "price_max": 10}, ["price_max_below_price_min"]),
    ("agents", {"daily_slots": -1, "status": "gone"}, ["status_not_allowed", "daily_slots_below_minimum"]),
    ("groups", {"member_count": -1}, ["member_count_below_minimum"]),
    ("groups", {"opened_on": datetime(2026, 11, 23).date()}, ["opened_on_after_now"]),
    ("orders", {"quantity": -1}, ["quantity_below_minimum"]),
    ("orders", {"unit_price": -1}, ["unit_price_below_minimum"]),
    (
        "orders",
        {"updated_at": datetime(2026, 11, 19, 7), "delivered_at": None},
        ["ordered_at_after_updated_at"],
    ),
    (
        "orders",
        {"delivered_at": datetime(2026, 11, 22, 9, 0, 1), "updated_at": datetime(2026, 11, 22)},
        ["delivered_at_after_now"],
    ),
    ("returns", {"reason_code": "broken"}, ["reason_code_not_allowed"]),
    ("returns", {"quantity": -1}, ["quantity_below_minimum"]),
    ("returns", {"kind": "lost", "state": "perhaps"}, ["kind_not_allowed", "state_not_allowed"]),
    ("orders", {"paid_amount": -1}, ["paid_amount_below_minimum"]),
    ("returns", {"requested_at": datetime(2026, 11, 23)}, ["requested_at_after_updated_at", "requested_at_after_now"]),
    ("overrides", {"ends_on": datetime(2025, 1, 1).date()}, ["ends_on_before_starts_on"]),
    ("overrides", {"created_at": datetime(2026, 11, 23)}, ["created_at_after_now"]),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(tmp_path_factory.mktemp("home") / "warehouse.duckdb")
    yield engine
    engine.close()


def broken(engine: Engine, table: str, row: dict[str, Any]) -> list[Any]:
    contract = load_contract(table).stored()
    schema = pa.schema([field.with_nullable(True) for field in contract.arrow_schema()])
    filled = complete(table, row)
    engine.store(f"night.{table}", pa.Table.from_pylist([{name: filled.get(name) for name in schema.names}], schema))
    raw = ", ".join(f'"{column.name}" := null' for column in contract.columns)
    quarantine.check_rows(
        engine,
        contract,
        f"(select *, null::varchar as drop_fault, struct_pack({raw}) as raw from night.{table})",
        TIMES,
    )
    return [name for rules in engine.query("select rules from temp.checked")["rules"].to_pylist() for name in rules]


@pytest.mark.parametrize("table", sorted(GOOD))
def test_a_good_row_breaks_nothing(engine: Engine, table: str) -> None:
    assert broken(engine, table, GOOD[table]) == []


@pytest.mark.parametrize(("table", "change", "rules"), BAD)
def test_a_bad_row_is_named_with_every_rule_it_breaks(
    engine: Engine, table: str, change: dict[str, Any], rules: list[str]
) -> None:
    assert broken(engine, table, GOOD[table] | change) == rules


def test_an_event_up_to_a_day_after_the_stamp_is_no_fault(engine: Engine) -> None:
    late = GOOD["orders"] | {"ordered_at": datetime(2026, 11, 19), "updated_at": datetime(2026, 11, 20, 8)}
    assert broken(engine, "orders", late) == []


@pytest.mark.parametrize(
    ("table", "change", "rule"),
    [
        ("orders", {"status": "delivered", "delivered_at": None}, "delivered_without_time"),
        ("orders", {"unit_price": 0}, "given_away"),
        ("inventory", {"sellable_units": -3}, "sellable_units_negative"),
    ],
)
def test_a_warning_rule_quarantines_nothing(
    engine: Engine, table: str, change: dict[str, str | None] | dict[str, int], rule: str
) -> None:
    assert broken(engine, table, GOOD[table] | change) == []
    told = {found.name: found for found in load_contract(table).rules}[rule]
    assert told.severity == "warning"
    assert engine.query(f"select 1 from night.{table} where {told.breaks}").num_rows == 1


def test_a_bad_commission_breaks_no_rule(engine: Engine) -> None:
    assert broken(engine, "products", GOOD["products"] | {"commission_rate": -1}) == []
    for contract in source_contracts():
        for rule in contract.rules:
            assert not set(rule.columns) & set(contract.audit_only_columns())
