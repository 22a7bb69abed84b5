"""Contracts are valid ODCS, describe each column once, and give DDL, Arrow schemas and rules that agree."""

import copy
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard

from xuanpin.pipelines.contracts import (
    PACKAGES,
    TABLES,
    Contract,
    Layer,
    complete_document,
    documents,
    inner_contracts,
    load_contract,
    parse_contract,
    published_contracts,
    source_contracts,
)
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.engine.protocol import Engine

ODCS = json.loads((files("open_data_contract_standard") / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.validators.validator_for(ODCS)(ODCS)
EVERY_TABLE = [(layer, table) for layer, tables in TABLES.items() for table in tables]
# What readers may rely on; a published table may gain columns at its end, none may vanish or change its type.
PUBLISHED = {
    "sku_list": "list_rank sku_id title category supplier_id list_price role score expected_kept_units return_rate"
    " return_rate_upper regret_rate regret_rate_upper landmine_probability satisfaction satisfaction_lower"
    " evidence_orders evidence_messages sellable_units days_on_list reasons promise promise_confidence"
    " promise_bound can_promise promise_reasons satisfaction_upper doubt_count offer_until",
    "agent_matches": "agent_id match_rank sku_id fit expected_kept_units units_reserved propensity reasons",
    "agent_alternates": "agent_id alternate_rank sku_id fit acceptance expected_kept_units reasons",
    "agent_summary": "agent_id slots_asked matches_given shortfall_code mean_fit expected_kept_units"
    " expected_regret_rate",
    "pick_answers": "agent_id sku_id decision decision_code reasons",
    "feedback_mentions": "message_id group_id sku_id sent_on kind satisfaction aspects attribution"
    " attribution_confidence trust_weight calibrated",
    "alarms": "level entity_id metric since_on severity evidence",
    "calibration": "metric bin predicted observed n",
    "run_quality": "check_name table_name result rows_seen rows_failed severity",
    "list_frontier": "list_size promise expected_kept_units expected_regret_rate promise_bound covered_share objective"
    " gap",
}


def document(layer: Layer, table: str) -> dict[str, Any]:
    return documents.read_document(PACKAGES[layer], table)


def faults(content: dict[str, Any]) -> list[Any]:
    return [error.message for error in VALIDATOR.iter_errors(content)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(tmp_path_factory.mktemp("home") / "warehouse.duckdb")
    yield engine
    engine.close()


@pytest.mark.parametrize(("layer", "table"), EVERY_TABLE)
def test_the_file_and_its_completed_form_are_valid_odcs(layer: Layer, table: str) -> None:
    assert faults(document(layer, table)) == []
    completed = complete_document(table)
    assert faults(completed) == []
    read = OpenDataContractStandard.model_validate(completed)
    assert read.schema_ is not None and read.schema_[0].properties is not None
    assert [column.physicalType for column in read.schema_[0].properties] == [
        column.type for column in load_contract(table).columns
    ]


def test_the_shared_columns_are_valid_odcs_and_each_has_two_users() -> None:
    assert faults(documents.read_document("xuanpin.data_contracts", "columns")) == []
    users = dict.fromkeys(documents.shared_columns(), 0)
    for contract in source_contracts() + published_contracts():
        for name in users.keys() & set(contract.column_names):
            users[name] += 1
    assert [name for name, count in users.items() if count < 2] == []


OF_ITS_TABLE = (
    "kind",
    "reason_code",
    "comment",
    "decision",
    "promise",
    "promise_bound",
    "expected_regret_rate",
    "order_id",
)
"""Columns whose words depend on what the row is: a return, a message, an answer, what was decided on, a list or one
that might be."""


@pytest.mark.parametrize("contracts", [source_contracts() + published_contracts(), inner_contracts()])
def test_a_column_of_one_name_is_the_same_everywhere(contracts: tuple[Contract, ...]) -> None:
    seen: dict[str, Any] = {}
    for contract in contracts:
        for column in contract.columns:
            meaning = (column.type, column.unit, column.description, column.description_zh)
            known = meaning if column.name in OF_ITS_TABLE else seen.setdefault(column.name, meaning)
            assert known == meaning, f"{contract.name}.{column.name}"


def test_every_column_is_described_in_both_languages() -> None:
    for contract in source_contracts() + published_contracts() + inner_contracts():
        for column in contract.columns:
            assert column.description.endswith("."), f"{contract.name}.{column.name}"
            assert column.description_zh.endswith("。"), f"{contract.name}.{column.name}"
            assert len(column.labels_zh) == len(column.allowed)


def test_every_column_has_a_short_chinese_title_of_its_own() -> None:
    for contract in source_contracts() + published_contracts() + inner_contracts():
        titles = [column.title_zh for column in contract.columns]
        assert len(set(titles)) == len(titles), f"{contract.name}: {titles}"
        for title in titles:
            assert re.fullmatch(r"(SPU )?[\u4e00-\u9fff]{1,15}", title), f"{contract.name}: {title}"


@pytest.mark.parametrize("typo", ["requierd", "physicalTyp", "descriptionZh"])
def test_a_misspelt_attribute_of_a_column_is_refused(typo: str) -> None:
    content = document("source", "orders")
    content["schema"][0]["properties"][1][typo] = True
    assert faults(content)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"description": "again"}, "products.sku_id: description belongs to columns.yaml"),
        ({"logicalType": "integer"}, "products.sku_id: logicalType differs from columns.yaml; write string"),
    ],
)
def test_a_shared_column_is_not_described_again(change: dict[str, str], message: str) -> None:
    content = document("source", "products")
    content["schema"][0]["properties"][0] |= change
    with pytest.raises(ValueError, match=message):
        parse_contract(content, "source", documents.shared_columns())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"customProperties": [{"property": "unti", "value": "CNY"}]}, "unknown custom properties unti"),
        ({"physicalType": None}, "no physicalType"),
        ({"businessName": None}, "no businessName"),
        ({"name": "downline_count"}, "products.downline_count: no decision may read such a column"),
    ],
)
def test_a_column_that_cannot_be_understood_or_may_not_be_is_refused(
    change: dict[str, list[dict[str, str]]] | dict[str, None] | dict[str, str], message: str
) -> None:
    content = document("source", "products")
    entry = next(entry for entry in content["schema"][0]["properties"] if entry["name"] == "spu_id")
    entry |= {key: value for key, value in change.items() if value is not None}
    for key in [key for key, value in change.items() if value is None]:
        del entry[key]
    with pytest.raises(ValueError, match=message):
        parse_contract(content, "source", documents.shared_columns())


def test_a_rule_of_another_form_is_refused_and_not_skipped() -> None:
    content = copy.deepcopy(document("source", "orders"))
    content["schema"][0]["quality"][0]["query"] = "SELECT max(quantity) FROM ${table}"
    with pytest.raises(ValueError, match="orders, rule ordered_at_after_updated_at: count rows that must be 0"):
        parse_contract(content, "source", documents.shared_columns())


def test_unknown_tables_and_columns_are_named() -> None:
    with pytest.raises(KeyError, match="no contract for table order; known are products"):
        load_contract("order")
    with pytest.raises(KeyError, match="contract inventory has no column units"):
        load_contract("inventory").column("units")


@pytest.mark.parametrize("table", sorted(PUBLISHED))
def test_published_columns_only_grow(table: str) -> None:
    promised = ["list_date", "as_of_date", "run_id", *PUBLISHED[table].split()]
    assert list(load_contract(table).column_names)[: len(promised)] == promised


def test_the_scorecard_has_every_measure_of_the_list() -> None:
    of_the_list = {
        "list_rank",
        "role",
        "promise",
        "promise_confidence",
        "promise_bound",
        "can_promise",
        "promise_reasons",
    }
    measures = set(PUBLISHED["sku_list"].split()) - of_the_list
    assert measures <= set(load_contract("sku_scorecard").column_names)


def test_every_published_table_carries_its_dates_and_its_run() -> None:
    for contract in published_contracts():
        assert contract.column_names[:3] == ("list_date", "as_of_date", "run_id")
        assert contract.key[0] == "list_date"
        assert contract.unstamped().column_names == contract.column_names[3:]


def test_references_name_columns_that_exist() -> None:
    for contract in source_contracts() + published_contracts():
        for column, (table, target) in contract.references.items():
            assert target in load_contract(table).column_names
            assert contract.column(column).type == load_contract(table).column(target).type
    named = {"order_line_id": ("orders", "order_line_id"), "order_id": ("orders", "order_id")}
    assert dict(load_contract("returns").references) == named


def test_commission_is_for_audits_only_and_names_are_not_stored() -> None:
    assert load_contract("products").audit_only_columns() == ("commission_rate",)
    assert "customer_name" not in load_contract("orders").stored().column_names
    assert all(not contract.audit_only_columns() for contract in published_contracts())


@pytest.mark.parametrize(("layer", "table"), EVERY_TABLE)
def test_ddl_arrow_schema_and_casts_agree_in_the_warehouse(engine: Engine, layer: Layer, table: str) -> None:
    contract = load_contract(table)
    engine.execute(contract.ddl("night", ("added_on DATE",)))
    assert engine.read(f"night.{table}").schema.names == [*contract.column_names, "added_on"]
    empty = engine.query(contract.select_cast(f"night.{table}"))
    assert [field.type for field in empty.schema] == [field.type for field in contract.arrow_schema()]
    columns = engine.query(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $table AND column_name <> 'added_on'"
        " ORDER BY column_index",
        table=table,
    )
    actual = dict(zip(columns["column_name"].to_pylist(), columns["data_type"].to_pylist(), strict=True))
    assert contract.differences(actual) == ()


def test_differences_name_what_is_missing_extra_mistyped_or_misplaced() -> None:
    inventory = load_contract("inventory")
    good = {"sku_id": "VARCHAR", "as_of_date": "DATE", "sellable_units": "BIGINT"}
    assert inventory.differences(good) == ()
    assert inventory.differences(good | {"sellable_units": "DOUBLE"}) == ("sellable_units is DOUBLE, not BIGINT",)
    assert inventory.differences({"sku_id": "VARCHAR", "as_of_date": "DATE", "units": "BIGINT"}) == (
        "missing sellable_units BIGINT",
        "unexpected units",
    )
    swapped = {"as_of_date": "DATE", "sku_id": "VARCHAR", "sellable_units": "BIGINT"}
    assert inventory.differences(swapped) == ("columns are in the order as_of_date, sku_id, sellable_units",)


def test_every_contract_file_is_loaded() -> None:
    for package in PACKAGES.values():
        found = {path.name for path in files(package).iterdir() if path.name.endswith(".yaml")} - {
            "reason_codes.yaml",
            "columns.yaml",
        }
        assert found == {f"{table}.yaml" for layer, table in EVERY_TABLE if PACKAGES[layer] == package}
        for name in found:
            assert yaml.safe_load((files(package) / name).read_text(encoding="utf-8"))["apiVersion"] == "v3.2.0"
