"""What is known of lineage is whole, refers to what is there, and never leads to what no decision may read."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from xuanpin.pipelines.arrival_steps import ARRIVALS
from xuanpin.pipelines.contracts import STAMP, TABLES, load_contract, source_contracts
from xuanpin.pipelines.lineage.facts import (
    ColumnFact,
    TableFact,
    declarations,
    declared_by,
    declared_tables,
    origins_of,
    step_facts,
    table_facts,
)
from xuanpin.pipelines.lineage.observing import OUTSIDE
from xuanpin.pipelines.nightly import STEPS
from xuanpin.pipelines.steps import Step

FACTS = table_facts()
AUDITED = frozenset(
    (f"{schema}.{own.name}", column)
    for own in source_contracts()
    for column in own.audit_only_columns()
    for schema in ("drops", "source")
)
PUBLISHED = [(name, column) for name in TABLES["published"] for column in load_contract(name).column_names]


@pytest.mark.parametrize("step", [*STEPS, *ARRIVALS], ids=lambda step: step.name)
def test_every_table_that_a_step_writes_is_known(step: Step) -> None:
    assert [table for table in step.writes if table not in FACTS] == []


def test_no_table_is_declared_that_nobody_writes() -> None:
    written = {table for step in STEPS for table in step.writes}
    known = {*declared_tables(), *declarations()["counted"], *declarations()["as_selected"]}
    assert {table for table in known if not table.startswith("temp.")} <= written


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_what_a_table_is_made_of_is_read_by_its_step(step: Step) -> None:
    known = {*step.reads, *step.writes}
    for table in step.writes:
        declared = declared_by(step.name).get(table, TableFact())
        origins = {name for made in declared.columns.values() for name, _ in made.origins}
        assert {name for name in origins if name.partition(".")[0] not in OUTSIDE} <= known, table


@pytest.mark.parametrize("step", declarations()["added"])
def test_rows_that_a_step_adds_have_the_columns_of_the_table(step: str) -> None:
    added = declarations()["added"][step]
    (written,) = (own.writes for own in STEPS if own.name == step)
    assert set(added) <= {*written} & {*declared_tables()}
    for table in added:
        assert sorted(declared_by(step)[table].columns) == sorted(declared_tables()[table].columns)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (FACTS, {"history.predictions", "history.trials"}),
        (step_facts("calibrate"), {"history.predictions"}),
        (step_facts("experiment"), {"history.trials"}),
    ],
    ids=["the table", "its step", "a step that adds rows"],
)
def test_a_table_is_made_of_what_each_of_its_steps_puts_into_it(
    facts: Mapping[str, TableFact], expected: set[str]
) -> None:
    origins = {table for table, _ in facts["night.alarms"].columns["evidence"].origins}
    assert origins & {"history.predictions", "history.trials"} == expected


def test_every_column_that_another_is_made_of_is_there() -> None:
    made = [(table, origin) for table, fact in FACTS.items() for own in fact.columns.values() for origin in own.origins]
    made += [(table, origin) for table, fact in FACTS.items() for origin in fact.deciding]
    assert [(table, origin) for table, origin in made if origin[1] not in FACTS[origin[0]].columns] == []


@pytest.mark.parametrize("name", TABLES["published"])
def test_every_published_column_is_made_of_something_the_stamp_apart(name: str) -> None:
    unknown = [column for table, column in PUBLISHED if table == name and not origins_of(f"run.{name}", column, FACTS)]
    assert unknown == list(STAMP)


def test_there_is_something_that_no_decision_may_read() -> None:
    assert sorted(AUDITED) == [("drops.products", "commission_rate"), ("source.products", "commission_rate")]


@pytest.mark.parametrize(("name", "column"), PUBLISHED, ids=lambda part: str(part))
def test_no_published_column_leads_back_to_what_no_decision_may_read(name: str, column: str) -> None:
    reached = origins_of(f"published.{name}", column, FACTS, is_whole=True)
    assert reached & AUDITED == set()


@pytest.mark.parametrize("place", ["column", "rows"])
def test_a_way_back_to_what_no_decision_may_read_is_found(place: str) -> None:
    staged, wrong = FACTS["night.stg_products"], ("source.products", "commission_rate")
    columns = {**staged.columns, "category": ColumnFact((wrong,), "computed")}
    bad = replace(staged, columns=columns) if place == "column" else replace(staged, deciding=(wrong,))
    facts = {**FACTS, "night.stg_products": bad}
    assert wrong in origins_of("published.sku_list", "role", facts, is_whole=True)
    assert ("drops.products", "commission_rate") in origins_of("published.sku_list", "role", facts, is_whole=True)


def test_texts_and_customers_come_in_masked() -> None:
    masked = {
        (name, column) for name, fact in FACTS.items() for column, own in fact.columns.items() if own.kind == "masked"
    }
    assert masked == {
        ("source.chat_messages", "sender_id"),
        ("source.chat_messages", "text"),
        ("source.match_answers", "comment"),
        ("source.orders", "customer_id"),
        ("source.overrides", "reason"),
        ("source.returns", "comment"),
    }
