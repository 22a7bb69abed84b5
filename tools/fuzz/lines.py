"""Settings files, sheets and command lines, changed at random."""

from __future__ import annotations

import json
from random import Random

from tools.fuzz.values import ALL, broken_bytes, nasty
from xuanpin.pipelines.feedback.labels import COLUMNS as LABEL_COLUMNS
from xuanpin.pipelines.overrides.sheet import COLUMNS as OVERRIDE_COLUMNS
from xuanpin.pipelines.settings import Settings

ROWS = {
    "overrides": (OVERRIDE_COLUMNS, ["", "S1", "pin", "2026-12-24", "2027-01-05", "主推", "小陈", ""]),
    "labels": (LABEL_COLUMNS, ["ML002", "收到了，很好", "满意", "质量"]),
}
SETTINGS = tuple(f"{section}.{key}" for section, field in Settings().model_dump(mode="json").items() for key in field)
VERBS = (
    "status", "report", "review", "tidy", "migrate", "explain sku {id}", "explain agent {id}",
    "card {id}", "contract {id}",
    "pin {id} --reason {text} --author {text}", "ban {id} --reason {text} --author {text} --until {day}",
    "pin S1 --reason r --author a --from {day} --until {day} --approved-by {text}",
    "recall {id} --reason {text} --by {text}",
    "recall S1 --reason r --by b --until {day}", "recall S1 --reason {text} --by b --list-date {day}",
    "approve --list-date {day} --by {text}", "reject --list-date {day} --by {text} --reason {text}",
    "cutoff --list-date {day}", "forget {id} --name {text}", "forget C101", "learn --as-of {day}",
    "overrides import {file}",
    "overrides export {file}", "label import {file}", "label export {file} --count {id}",
    "nightly --as-of {day} --sources {file}",
    "backtest --from {day} --to {day}", "status --list-date {day} --json",
    "status --config xuanpin.toml", "check --sources {file}", "{id}", "{id} {text}",
)  # fmt: skip
IDS = ("S1", "S2", "s1", " S3", "S99", "A1", "a2", "orders", "sku_lsit", "C101", "3")
DAYS = (
    "2026-11-21", "2026-11-22", "2026-11-30", "2026/11/22", "20261122", "0001-01-01", "9999-12-31",
    "2026-02-30", "tomorrow",
)  # fmt: skip
FILES = (
    "overrides.csv", "labels.csv", "out.csv", "out.xlsx", "home", "home/warehouse.duckdb",
    "none.csv", "labels.csv/x", "../x.csv",
    "",
)  # fmt: skip
OPTIONS = (
    "--home home",
    "--home home",
    "--home home",
    "--home home",
    "--home nowhere",
    "--home labels.csv",
    "--home ''",
    "",
)
PLAIN_VALUES = (
    "1", "-1", "0.5", "1e400", "inf", "nan", "true", "[]", "{}", '"auto"', "2026-11-21", "9" * 30, "[1, [2]]",
    "{ a = { b = 1 } }", "''",
)  # fmt: skip


def settings_text(draw: Random) -> bytes:
    """Return a settings file with some keys of the program, their values and bytes changed."""
    lines = []
    for name in draw.sample(SETTINGS, draw.randrange(4)):
        section, _, key = name.partition(".")
        head = f"[{section}]" if draw.random() < 0.9 else draw.choice(("[x]", "[[a]]", f"[{section}"))
        lines += [head, f"{_misspelt(draw, key)} = {_value(draw)}"]
    content = "\n".join(lines).encode(errors="replace")
    return broken_bytes(draw, content) if draw.random() < 0.4 else content


def _misspelt(draw: Random, key: str) -> str:
    return (
        key if draw.random() < 0.7 else draw.choice((key.upper(), key[:-1], key + "s", key.replace("_", "-"), "键", ""))
    )


def _value(draw: Random) -> str:
    return draw.choice(PLAIN_VALUES) if draw.random() < 0.7 else json.dumps(nasty(draw))


def sheet_bytes(draw: Random, kind: str) -> bytes:
    """Return a sheet of labels or overrides as CSV, its cells, header and bytes changed."""
    columns, row = ROWS[kind]
    rows = [list(columns), *([*row] for _ in range(draw.randrange(5)))]
    for _ in range(draw.randrange(4)):
        victim = draw.choice(rows)
        victim[draw.randrange(len(victim))] = nasty(draw)
    mark = draw.choice(",,,;\t")
    text = "\n".join(mark.join(cell if draw.random() < 0.9 else f'"{cell}"' for cell in cells) for cells in rows)
    content = (text + "\n").encode(errors="replace")
    return broken_bytes(draw, content) if draw.random() < 0.5 else content


def words(draw: Random) -> list[str]:
    """Return the words of one command line; a shell could not hand over a NUL or half a character."""
    said = []
    for word in f"{draw.choice(VERBS)} {draw.choice(OPTIONS)}".split():
        filled = word.format(
            id=_one(draw, IDS), text=_one(draw, ("主推", "y", "")), day=_one(draw, DAYS), file=_one(draw, FILES)
        )
        said.append(filled.replace("\x00", "").encode(errors="replace").decode().removeprefix("''"))
    return said


def _one(draw: Random, usual: tuple[str, ...]) -> str:
    return draw.choice(usual) if draw.random() < 0.8 else draw.choice(ALL)


def changed_lines(draw: Random, content: bytes) -> bytes:
    """Return a CSV with cells of a few lines changed, or its bytes."""
    if draw.random() < 0.3:
        return broken_bytes(draw, content)
    lines = content.decode().split("\n")
    for _ in range(draw.randrange(1, 30)):
        at = draw.randrange(1, len(lines))
        cells = lines[at].split(",")
        cells[draw.randrange(len(cells))] = nasty(draw)
        lines[at] = ",".join(cells)
    return "\n".join(lines).encode(errors="replace")
