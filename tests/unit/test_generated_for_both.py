"""Statements on large tables that are written from contracts keep to what both engines run."""

import pytest
import sqlglot

from tools.sql_rules import complaints
from xuanpin.pipelines.contracts import KNOWN_WITH, load_contract, statements
from xuanpin.pipelines.engine.cluster.dialect import to_spark
from xuanpin.pipelines.ingest.statements import admitted, rows, waiting

LARGE = ("orders", "returns", "chat_messages", "match_answers")
_HASHED = '"temp"."hashed"'
VALUES = {"as_of": 1, "since": 1, "drop_seq": 1, "first": "a", "last": "z"}


def generated(table: str) -> dict[str, str]:
    """Statements that may read a source table, or rows that come to it, where they are."""
    contract = load_contract(table)
    stamp, *_ = KNOWN_WITH[table]
    own = {
        "facts": admitted.offered_facts(contract, _HASHED, stamp),
        "new": admitted.resolved_rows(contract, KNOWN_WITH[table], _HASHED, may_repeat=False, may_be_stored=False),
        "resolved": admitted.resolved_rows(contract, KNOWN_WITH[table], _HASHED, may_repeat=True, may_be_stored=True),
        "unresolved": admitted.unresolved_rows(contract),
        "admitted": admitted.admitted_rows(contract),
        "arrivals": admitted.arrival_rows(f"source.{table}"),
        "offered": admitted.offered_rows(contract, True),
        "days": rows.text_days(f"source.{table}", contract.key[0]),
        "superseded": statements.newer_set_aside(table, contract.key, stamp, "temp.held"),
        "cleaned": waiting.cleaned_counts(list(contract.references)),
    }
    for column, (known, target) in contract.references.items():
        dated_by = KNOWN_WITH[table]
        own[f"first {column}"] = admitted.first_seen(column, known, target, _HASHED)
        own[f"waiting {column}"] = statements.waiting_as_of(
            table, column, known, target, dated_by=dated_by, held="temp.held"
        )
        own[f"cleaned {column}"] = waiting.cleaned_examples(column)
        own[f"meant {column}"] = waiting.meant_ids(known, target, is_near=True)
    return own


@pytest.mark.parametrize(
    "statement", [pytest.param(sql, id=f"{table} {name}") for table in LARGE for name, sql in generated(table).items()]
)
def test_a_statement_on_a_large_table_is_of_the_common_subset(statement: str) -> None:
    assert [*complaints(sqlglot.parse_one(statement, read="duckdb"))] == []
    assert to_spark(statement, VALUES)
