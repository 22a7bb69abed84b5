"""Measures how a first night reads labelled group utterances: `python -m benchmarks.bench_utterances --table FILE`.

FILE has the columns text, kind, target, polarity and form. Each line is one form: utterances of which the night takes
what they mean (praise, complaint, question, order or nothing of the SKU), all of them, and the share; then the same for
each meaning and for the whole table. `--wrong` lists what is misread, to be looked at by who may see the table.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.support.utterances import load_utterances, read_utterances, right_by_form


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, default=Path("tests/fixtures/utterances.csv"))
    parser.add_argument("--wrong", action="store_true")
    asked = parser.parse_args()
    utterances = load_utterances(asked.table)
    taken = read_utterances(utterances)
    report(right_by_form(utterances, taken))
    report(right_by_form([replace(row, form=f"meant as {row.meaning}") for row in utterances], taken))
    report(right_by_form([replace(row, form="all") for row in utterances], taken))
    if asked.wrong:
        for row, found in zip(utterances, taken, strict=True):
            if found != row.meaning:
                print(f"{row.form}: {row.text}: {row.meaning}, read as {found}")


def report(counts: Mapping[str, tuple[int, int]]) -> None:
    for form, (right, count) in counts.items():
        print(f"{form:<24} {right:>5} {count:>5} {right / count:>7.3f}")


if __name__ == "__main__":
    main()
