"""Rolls alarms up to what a person has to look at, and says in words what each of them rests on."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Literal

from markupsafe import Markup

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.reporting import words
from xuanpin.pipelines.typed.plurals import filled

TOGETHER = 3
"""SKUs of one supplier that get worse in the same weeks: told as one, though the supplier is not worse as a whole."""
SEVERITIES = ("critical", "warning", "info")
"""The most serious first."""
PERCENT = {"share", "lower", "bound", "stated", "tightened_promise", "predicted", "false_share", "chance"}
"""Numbers of the evidence that are shares, 0-1. `observed` is one where something was predicted, else a count."""

Row = dict[str, Any]


def published_alarms(home: Home, run: run_store.CurrentRun) -> list[Row]:
    """Return the alarms of a published `run`, as rolled_up returns them."""
    known = run_store.read_table(home, run, "sku_scorecard", ["sku_id", "supplier_id", "title"])
    with closing(open_memory()) as engine:
        for table in ("alarms", "sku_list"):
            engine.store(f"night.{table}", run_store.read_table(home, run, table))
        engine.store("night.stg_products", known)
        return rolled_up(engine.select("report_alarms", together=TOGETHER).to_pylist())


def rolled_up(rows: list[Row]) -> list[Row]:
    """Return one row a subject from `rows` of report_alarms: what concerns tomorrow's list first, then the serious.

    `alarms` are those raised on the subject itself, `members` the alarmed SKUs told under it, the listed ones first,
    `on_list` how many SKUs of the subject are on tomorrow's list, and `false_share` the expected share of false ones
    among alarms at least as strong; None where chance has no part in them.
    """
    subjects: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        subjects.setdefault((row["subject_level"], row["subject_id"]), []).append(row)
    found = [_subject(level, name, alarms) for (level, name), alarms in subjects.items()]
    return sorted(found, key=lambda row: (SEVERITIES.index(row["severity"]), not row["on_list"], -len(row["members"])))


def _subject(level: str, name: str, alarms: list[Row]) -> Row:
    own = [row for row in alarms if (row["level"], row["entity_id"]) == (level, name)]
    members = {row["entity_id"]: row for row in alarms if row not in own}
    ranked = sorted(members.values(), key=lambda row: (row["list_rank"] is None, row["list_rank"], row["entity_id"]))
    shares = [float(numbers["false_share"]) for row in own or alarms if "false_share" in (numbers := _numbers(row))]
    listed = [row["list_rank"] for row in alarms if row["list_rank"] is not None]
    return {
        "level": level,
        "entity_id": name,
        "title": own[0]["title"] if own else None,
        "severity": min((row["severity"] for row in alarms), key=SEVERITIES.index),
        "since_on": min(row["since_on"] for row in alarms),
        "alarms": own,
        "members": ranked,
        "list_rank": min(listed) if listed and level == "sku" else None,
        "on_list": alarms[0]["supplier_listed"] if level == "supplier" else len(set(listed)),
        "false_share": min(shares, default=None),
    }


def _numbers(row: Row) -> dict[str, str]:
    return dict(pair.partition("=")[::2] for pair in row["evidence"].split(","))


def statements(subject: Row) -> list[dict[Language, str]]:
    """Return what is wrong with a `subject` of rolled_up, a sentence in every language for each of its alarms."""
    said = [_statement(row) for row in subject["alarms"]]
    return said or [_filled("alarm_together", {"n": str(len(subject["members"]))})]


def spoken(subject: Row) -> Markup:
    """Return the statements on a `subject` one after another, in every language."""
    return Markup("<br>").join(words.both_languages(said) for said in statements(subject))


def alarm_sheet(subjects: list[Row]) -> list[Row]:
    """Return the `subjects` as rows of the workbook, in Chinese."""
    return [
        {
            "severity": words.texts()[f"severity_{row['severity']}"]["zh"],
            "level": words.texts()[f"level_{row['level']}"]["zh"],
            "entity_id": row["entity_id"],
            "title": subject_name(row, "zh") if row["level"] == "source" else row["title"],
            "since_on": row["since_on"],
            "alarm": "\n".join(said["zh"] for said in statements(row)),
            "on_list": row["on_list"],
            "skus": "\n".join(_member(member) for member in row["members"]),
            "false_share": row["false_share"],
        }
        for row in subjects
    ]


def _member(row: Row) -> str:
    place = "" if row["list_rank"] is None else f"（明日清单第 {row['list_rank']} 位）"
    return f"{row['entity_id']} {row['title'] or ''}{place}"


def _statement(row: Row) -> dict[Language, str]:
    """Say one alarm; one whose kind has no text of its own gives its numbers as they are published."""
    numbers, metric = _numbers(row), row["metric"].removesuffix("_listed")
    key = "alarm_volume" if "usual" in numbers else f"alarm_{metric}"
    if key not in words.texts():
        return dict.fromkeys(words.LANGUAGES, f"{row['metric']}: {row['evidence']}")
    shown = {name: _shown(name, value, "predicted" in numbers) for name, value in numbers.items()}
    return _filled(key, shown, measure=f"volume_{metric}", scope="on_the_list" if metric != row["metric"] else "")


def _shown(name: str, value: str, is_rate: bool) -> str:
    if name in PERCENT or (name == "observed" and is_rate):
        return words.percent(float(value))
    return value


def _filled(key: str, values: dict[str, str], **names: str) -> dict[Language, str]:
    """Fill the text `key` with `values`, and with the texts that `names` are keys of; one that has none is left out."""
    named = {
        code: {name: words.texts().get(text, {}).get(code, "") for name, text in names.items()}
        for code in words.LANGUAGES
    }
    return {code: filled(words.texts()[key][code], values | named[code]) for code in words.LANGUAGES}


def named(subjects: list[Row], level: str) -> list[dict[Language, str]]:
    """Return the names, in every language, of those `subjects` of a `level` that are more than a note."""
    chosen = (row for row in subjects if row["level"] == level and row["severity"] != "info")
    return [{code: subject_name(row, code) for code in words.LANGUAGES} for row in chosen]


def alarmed_group(sku: Row, subjects: list[Row]) -> Literal["supplier", "category"] | None:
    """Return which group of a listed `sku` one of `subjects` is about that is more than a note; None for neither."""
    serious = {(row["level"], row["entity_id"]) for row in subjects if row["severity"] != "info"}
    if ("supplier", sku["supplier_id"]) in serious:
        return "supplier"
    return "category" if ("category", sku["category"]) in serious else None


def subject_name(row: Row, language: Language) -> str:
    """Return what the subject of an alarm is called in `language`; a source of data has a name of its own."""
    if row["level"] != "source":
        return str(row["title"] or row["entity_id"])
    key = f"source_{row['entity_id']}"
    return str(words.texts()[key][language]) if key in words.texts() else words.table_name(row["entity_id"], language)
