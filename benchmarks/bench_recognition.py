"""Measures the recognition of exports against described ones: `python -m benchmarks.bench_recognition [--shapes DIR]`.

The exports of one shop are recognised together. A header is right where it is given a column that its description
accepts, or rightly stays out; a wrong one that is a question is `asked`, one that is sure is `wrong`. Each that is not
right is listed, with `--all` every header. `--nonsense N` measures N times over with each eighth header, by chance, in
no language: what is left then are values and relations.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from random import Random

from tests.support.shapes import SHAPES, Shape, read_shapes
from xuanpin.pipelines.connect.findings import ColumnFinding, Export, TableFinding
from xuanpin.pipelines.connect.recognition.recognising import recognise


def main() -> None:
    """Print each header that is not right, then shares of all headers."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--shapes", type=Path, default=SHAPES, help="folder of described exports, one folder a shop")
    given.add_argument("--all", action="store_true", help="list every header")
    given.add_argument("--alone", action="store_true", help="recognise each export without the others of its shop")
    given.add_argument("--nonsense", type=int, default=0, metavar="N", help="draws of headers that say nothing")
    options = given.parse_args()
    began = time.process_time()
    counts: Counter[str] = Counter()
    tables: Counter[str] = Counter()
    for shapes in drawn(read_shapes(options.shapes), options.nonsense, is_alone=options.alone):
        for shape, finding in zip(shapes, recognise([sample(shape) for shape in shapes]), strict=True):
            tables[told_table(shape, finding)] += 1
            counts.update(told_columns(shape, finding, list_all=options.all))
    report(counts, tables, time.process_time() - began)


def drawn(shapes: Iterable[Shape], nonsense: int, *, is_alone: bool) -> Iterator[list[Shape]]:
    """Yield the exports that are recognised together: those of a shop, or each alone, as they are or with nonsense."""
    readable = [shape for shape in shapes if shape.outcome == "right"]
    together = [[shape] for shape in readable] if is_alone else by_shop(readable)
    for group in together:
        if not nonsense:
            yield group
        for seed in range(nonsense):
            random = Random(seed)
            yield [with_nonsense(shape, random) for shape in group]


def by_shop(shapes: Iterable[Shape]) -> list[list[Shape]]:
    """Return the exports of each shop."""
    return [list(group) for _, group in groupby(shapes, key=lambda shape: shape.shop)]


def with_nonsense(shape: Shape, random: Random) -> Shape:
    """Return a described export in which each eighth header, by chance, is in no dictionary."""
    names = {header: header for header in shape.headers}
    names |= {header: f"щщ{at}" for at, header in enumerate(shape.headers) if random.random() < 1 / 8}
    truth = {names[header]: meant for header, meant in shape.truth.items()}
    return replace(shape, headers=tuple(names.values()), truth=truth)


def report(counts: Counter[str], tables: Counter[str], seconds: float) -> None:
    """Print the shares of headers and the tables."""
    total = counts["right"] + counts["asked"] + counts["wrong"]
    print(f"tables  {dict(sorted(tables.items()))}")
    for verdict in ("right", "asked", "wrong"):
        print(f"{verdict:<8}{counts[verdict]:>6}  {counts[verdict] / max(total, 1):.1%} of {total} headers")
    meant = counts["column right"] + counts["column missed"]
    print(f"columns {counts['column right']:>6}  {counts['column right'] / max(meant, 1):.1%} of {meant} that mean one")
    print(f"questions {counts['questions']:>4}  {counts['questions'] / max(total, 1):.1%} of headers")
    print(f"words   {counts['word right']:>6}  right, {counts['word unknown']} unknown, {counts['word wrong']} wrong")
    print(f"seconds {seconds:.1f}")


def sample(shape: Shape) -> Export:
    """Return a described export as what the reader of files would give."""
    rows = tuple(tuple(cell or None for cell in row) for row in shape.rows)
    return Export(shape.file, shape.headers, rows, len(rows), shape.sheet)


def told_table(shape: Shape, finding: TableFinding) -> str:
    """Say whether the table is right, and print it where it is not."""
    wanted = None if shape.table == "none" else shape.table
    if finding.table == wanted:
        return "right" if finding.certainty == "sure" else "right, asked"
    print(
        f"TABLE  {shape.shop}/{shape.name}: {finding.table} {finding.certainty} for {wanted}; others {finding.others}"
    )
    return "wrong" if finding.certainty == "sure" else "asked"


def told_columns(shape: Shape, finding: TableFinding, *, list_all: bool) -> Iterator[str]:
    """Yield what to count of each header, and print those that are not right."""
    for column in finding.columns:
        accepted = accepted_columns(shape, column.header)
        verdict = verdict_of(column, accepted)
        yield verdict
        if column.certainty != "sure":
            yield "questions"
        if any(accepted):
            yield "column right" if verdict == "right" else "column missed"
        yield from told_words(shape, column)
        if verdict != "right" or list_all:
            wanted = "|".join(name or "-" for name in accepted)
            print(
                f"{verdict:<6} {shape.shop}/{shape.name}: {column.header} → {column.column} {column.certainty}"
                f" for {wanted} ({column.why}) {column.others}"
            )


def accepted_columns(shape: Shape, header: str) -> Sequence[str]:
    """Return the columns of the shape's own table that a header may be; '' for staying out."""
    meanings = shape.truth.get(header, ("",))
    found = [_accepted(meaning, shape.table) for meaning in meanings]
    return list(dict.fromkeys(name for names in found for name in names))


def _accepted(meaning: str, table: str) -> Sequence[str]:
    if meaning == "time":
        return ("", "updated_at")
    if meaning in ("", "refused", "goods"):
        return ("",)
    if "." in meaning:
        other, column = meaning.split(".")
        return (column,) if other == table else ("",)
    return (meaning,)


def verdict_of(column: ColumnFinding, accepted: Sequence[str]) -> str:
    """Say whether a header is right, asked about or wrong."""
    if (column.column or "") in accepted:
        return "right"
    return "wrong" if column.certainty == "sure" else "asked"


def told_words(shape: Shape, column: ColumnFinding) -> Iterator[str]:
    """Yield what to count of each word of an enumeration that stands in the rows, and print wrong ones."""
    at = shape.headers.index(column.header)
    present = {row[at].strip() for row in shape.rows}
    for word, meant in shape.words.get(column.column or "", {}).items():
        if word not in present:
            continue
        found = column.words.get(word, word if word in meant else None)
        if found is None:
            yield "word unknown"
            near = column.near_words.get(word)
            print(f"word?  {shape.shop}/{shape.name}: {column.header} {word} for {'|'.join(meant)} (near {near})")
        elif found in meant:
            yield "word right"
        else:
            yield "word wrong"
            print(f"WORD   {shape.shop}/{shape.name}: {column.header} {word} → {found} for {'|'.join(meant)}")


if __name__ == "__main__":
    main()
