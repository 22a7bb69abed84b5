"""Plants personal data wherever somebody can write and prints where it is left: `python -m benchmarks.bench_privacy`.

A night on a tiny platform, a refusal, decisions and every command that writes or says something; then all files,
tables and outputs are searched for each planted value, as it was written and in plain reading.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from tests.support.personal_kinds import kinds
from tests.support.plant import Planted, plant, run_everything
from tests.support.plant_scan import Find, finds, inside, outside
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, TINY
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.world import World


def main() -> None:
    """Print forms by kind and how many are left outside and inside; exits with 1 where one is left outside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--details", action="store_true", help="Print each value that is left, with its place.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xuanpin-privacy-") as folder:
        planted = Planted(Path(folder), kinds(asked.seed), LAST_HISTORY_DAY)
        write_history(World(seed=asked.seed, scale=TINY), planted.sources)
        plant(planted)
        run_everything(planted)
        without, within = outside(planted), inside(planted)
    left_out, left_in = finds(without, planted.kinds), finds(within, planted.kinds)
    print(table(planted, left_out, left_in))
    print(f"\nsearched: {len(without)} files and outputs, {len(within)} tables")
    for find in [*left_out, *left_in] if asked.details else []:
        print(f"{find.place}: {find.kind.kind}, {find.kind.form}: {find.secret}")
    raise SystemExit(1 if left_out else 0)


def table(planted: Planted, left_out: list[Find], left_in: list[Find]) -> str:
    """Write a Markdown table of kinds: forms, forms left outside, forms left in each table of the warehouse."""
    lines = ["| kind | forms | left outside the warehouse | left inside, by table |", "| --- | --- | --- | --- |"]
    for kind, forms in Counter(kind.kind for kind in planted.kinds).items():
        outer = {find.kind.form for find in left_out if find.kind.kind == kind}
        inner = Counter(place for place, _ in {(f.place, f.kind.form) for f in left_in if f.kind.kind == kind})
        tables = ", ".join(f"{place}: {count}" for place, count in sorted(inner.items()))
        lines.append(f"| {kind} | {forms} | {len(outer)} | {tables or 0} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
