"""Checks of what came in beside the rules of the contracts: what waits, what contradicts itself, what has collapsed."""

from __future__ import annotations

import logging
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date, timedelta
from string import Template

from xuanpin.pipelines.answers.stock import over_stock as swaps_over_stock
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts import KNOWN_WITH, load_contract, statements
from xuanpin.pipelines.contracts.set_aside import count_waiting, older_in_force
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.quality.checks import CheckResult

log = logging.getLogger("xuanpin.quality")

SHOWN_IDS = 3
COLLAPSING = ("order_id", "customer_id", "agent_id")
"""Columns of order lines in which one id for nearly all lines is a damage of the export."""
FEWEST_LINES, COLLAPSED_SHARE = 20, 0.9
"""Lines of a day from which on a share of them is judged, and the share that only a damage explains."""
SUPERSEDED = "newer_version_set_aside"
"""Check of a source table of whose rows an older version is in force, since the newer one breaks a rule."""
CLEANED = "ids_unknown_as_written"
"""Check of a source table whose rows name known things by ids that had to be cleaned."""
OVER_STOCK = "match_answers.over_stock"
"""Check of agents who swapped in a SKU after its last unit was taken, where nobody could refuse them."""
CLEANED_DAYS = 7
"""Days for which that is reported: the rows are admitted, so the export should be corrected, but nothing is lost."""


def with_waiting(night: Night, results: Sequence[CheckResult], tables: Set[str]) -> list[CheckResult]:
    """Return `results` with a warning for each reference that rows of the last QUARANTINED_DAYS days wait for.

    Admitted rows refer to known things alone; this counts those that are not admitted, of the `tables` that have any.
    """
    return [_with_waiting(night, result) if result.table_name in tables else result for result in results]


def cleaned_ids(night: Night) -> list[CheckResult]:
    """Return a warning for each source table that in the last CLEANED_DAYS days wrote ids of known things otherwise.

    Such ids were unknown as they were written; they were cleaned of spaces, marks and quotes and the rows admitted.
    """
    since = night.as_of_date - timedelta(days=CLEANED_DAYS)
    found = night.engine.select("cleaned_arrivals", since=since, as_of_date=night.as_of_date).to_pylist()
    names = [(f"{row['table_name']}.{CLEANED}", row["table_name"], row["rows"], row["cleaned_rows"]) for row in found]
    return [CheckResult(check, table, "warn", seen, failed, "warning") for check, table, seen, failed in names]


def superseded(night: Night, table: str) -> list[CheckResult]:
    """Return a warning where rows of a source table have an older version in force than one that was rejected."""
    contract = load_contract(table)
    keys = older_in_force(night.engine, contract, since=_first_reported(night), as_of=night.as_of_date)
    if not keys:
        return []
    ids = tuple(keys[:SHOWN_IDS])
    seen = statements.rows_where(f"source.{table}", "known_on <= $as_of")
    (count,) = night.engine.row(statements.count_of(seen), as_of=night.as_of_date)
    return [CheckResult(f"{table}.{SUPERSEDED}", table, "warn", count, len(keys), "warning", ids)]


def _first_reported(night: Night) -> date:
    return night.as_of_date - timedelta(days=statements.QUARANTINED_DAYS)


def _with_waiting(night: Night, result: CheckResult) -> CheckResult:
    contract, rule = load_contract(result.table_name), result.check_name.partition(".")[2]
    reference = contract.references.get(rule.removesuffix("_unknown")) if rule.endswith("_unknown") else None
    if reference is None or result.result != "pass":
        return result
    column, since = rule.removesuffix("_unknown"), _first_reported(night)
    waiting = count_waiting(night.engine, contract, column, since=since, as_of=night.as_of_date)
    seen = result.rows_seen + waiting
    return (
        replace(result, result="warn", severity="warning", rows_seen=seen, rows_failed=waiting) if waiting else result
    )


def over_stock(night: Night) -> list[CheckResult]:
    """Return a warning where agents took SKUs of which no unit was left; nothing where all got what they took."""
    seen, over = swaps_over_stock(night)
    ids = tuple("/".join(pair) for pair in over[:SHOWN_IDS])
    return [CheckResult(OVER_STOCK, "match_answers", "warn", seen, len(over), "warning", ids)] if over else []


def same_stamps(engine: Engine, table: str, condition: str) -> CheckResult:
    """Return a warning where rows of a source table that meet a condition have one key and one stamp but differ."""
    contract = load_contract(table)
    key = tuple(dict.fromkeys((*contract.key, KNOWN_WITH[table][0])))
    rows = statements.rows_where(f"source.{table}", condition)
    repeated = Template(statements.repeated_keys(key)).substitute(table=f"({rows}) as found")
    seen, count = engine.row(statements.counts_of(f"({rows}) as found", [], [repeated]))
    keys = engine.query(statements.first_of(repeated, key, SHOWN_IDS)).to_pylist() if count else []
    ids = tuple("/".join(str(row[name]) for name in contract.key) for row in keys)
    return CheckResult(f"{table}.same_key_and_stamp", table, "warn" if keys else "pass", seen, count, "warning", ids)


def collapsed_ids(engine: Engine, condition: str) -> list[CheckResult]:
    """Return a warning for each id that nearly all order lines that meet a condition share, of several there are."""
    rows = statements.rows_where("source.orders", condition)
    _, agents = engine.row(statements.most_common(statements.all_rows("source.agents"), "agent_id"))
    (seen,) = engine.row(statements.count_of(rows))
    results = []
    for column in COLLAPSING if seen >= FEWEST_LINES else ():
        most, _ = engine.row(statements.most_common(rows, column))
        is_one = most > COLLAPSED_SHARE * seen and (column != "agent_id" or agents > 1)
        name, failed = f"orders.{column}_collapsed", most if is_one else 0
        results.append(CheckResult(name, "orders", "warn" if is_one else "pass", seen, failed, "warning"))
    return results


def log_warnings(results: Sequence[CheckResult]) -> None:
    """Log those of `results` that are a warning and know the ids of what they warn of."""
    for result in results:
        if result.result == "warn" and result.ids:
            log.warning("%s: keys such as %s (%d in all)", result.check_name, ", ".join(result.ids), result.rows_failed)
