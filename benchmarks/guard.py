"""Hold the rows and bytes that each step of a small next night reads to a stored budget.

Seconds depend on the machine; what a step reads does not. A step that reads a fifth more than its budget is told, and
so is one that reads a third less, whose budget should follow it. `--renew` stores what is read today.

    python -m benchmarks.guard
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from datetime import datetime
from pathlib import Path

from benchmarks.bench_night import FIRST_LOAD, apart
from benchmarks.meter import Figures
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.demo.bulk import BulkHistory
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, Scale
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.settings import Settings

BUDGET = Path(__file__).parent / "budget.toml"
PLATFORM = Scale(agents=120, skus=500, days=60, order_lines=20_000)
ALONE = Settings.model_validate({"engine": {"threads": 1}})
"""On one thread nothing is done beside other steps, so that what is read counts to the step that it is for."""
MORE, LESS = 1.2, 0.67
BYTES = 2_000_000
"""Bytes come in blocks: so many more or less say nothing."""
ROWS = 1_000

Counts = dict[str, dict[str, int]]
"""Rows and bytes read by each step."""


def main() -> int:
    """Run the two nights and compare; returns 1 where a step leaves its budget."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renew", action="store_true", help="store what is read today")
    found = next_night()
    if parser.parse_args().renew:
        BUDGET.write_text(_as_toml(found), encoding="utf-8")
        return 0
    told = findings(found, tomllib.loads(BUDGET.read_text(encoding="utf-8")))
    for line in told:
        print(line)
    if not told:
        print(f"{len(found)} steps read what benchmarks/{BUDGET.name} says")
    return 1 if told else 0


def next_night() -> Counts:
    """Rows and bytes read by the steps of a night after a first load."""
    with tempfile.TemporaryDirectory(prefix="xuanpin-guard-") as folder:
        history = BulkHistory(World(7, PLATFORM), Path(folder) / "sources")
        for day in (FIRST_LOAD, LAST_HISTORY_DAY):
            history.write(day)
            request = RunRequest(day, Home(Path(folder) / "home"), history.folder, ALONE, datetime.now(BEIJING))
            steps = apart(request)
    return {name: _counts(figures) for name, figures in steps.items()}


def findings(found: Counts, budget: Counts) -> list[str]:
    """Sentences on the steps that read clearly more or less than their budget, or have none."""
    told = [f"{name}: has no budget; store it with --renew" for name in found if name not in budget]
    told += [f"{name}: has a budget and no longer runs; renew the budgets" for name in budget if name not in found]
    for name in found.keys() & budget.keys():
        for unit, slack in (("rows", ROWS), ("bytes", BYTES)):
            count, limit = found[name][unit], budget[name][unit]
            if count > limit * MORE + slack or count < limit * LESS - slack:
                told.append(f"{name}: reads {count:,} {unit}, its budget is {limit:,}; mend it, or renew with --renew")
    return sorted(told)


def _counts(figures: Figures) -> dict[str, int]:
    return {"rows": figures.rows_read, "bytes": figures.bytes_read}


def _as_toml(counts: Counts) -> str:
    head = "# What each step of the guard's next night reads; `python -m benchmarks.guard --renew` writes it.\n"
    parts = [f"\n[{name}]\nrows = {count['rows']}\nbytes = {count['bytes']}\n" for name, count in counts.items()]
    return head + "".join(parts)


if __name__ == "__main__":
    sys.exit(main())
