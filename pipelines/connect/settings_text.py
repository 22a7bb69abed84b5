"""Writes the plans as settings: TOML that a person can read and change, with what was understood and why beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from xuanpin.pipelines.connect.expressions import text_of
from xuanpin.pipelines.connect.missing import Missing
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.recognised import table_name
from xuanpin.pipelines.connect.samples import sample
from xuanpin.pipelines.contracts import TABLES
from xuanpin.pipelines.ingest.statements.written_views import view_over_drop
from xuanpin.pipelines.typed.phrase import Language, Phrase, in_language, listed, phrase
from xuanpin.pipelines.typed.shown import shown

_SHOWN = 12
"""Headers that stay out and are named; exports have dozens."""


def settings_text(plans: Sequence[TablePlan], missing: Missing, language: Language, *, needs_key: bool = False) -> str:
    """Return the settings file of the plans and of what is `missing`, with comments in `language`.

    `needs_key`: customers are known by their names alone.
    """
    by_table = {plan.table: plan for plan in plans}
    blocks = [comment(phrase("How these exports are read; change what is wrong, later nights read by it."), language)]
    for table in TABLES["source"]:
        if table in by_table:
            blocks.append("\n".join(_table(by_table[table], language)))
        elif table in missing.stand_ins:
            blocks.append("\n".join(_stand_in(table, missing, language)))
    if needs_key:
        blocks.append(f"[privacy]\nkey_required = true  {comment(_KEY, language)}")
    if missing.assumptions:
        blocks.append("\n".join(_assumptions(missing, language)))
    return "\n\n".join(blocks) + "\n"


def _table(plan: TablePlan, language: Language) -> Iterator[str]:
    group, section = plan.group, f"[sources.tables.{plan.table}]"
    told = phrase(
        "{table}: {rows:,} rows in {files}. {why}",
        table=table_name(plan.table),
        rows=group.export.row_count,
        files=listed(group.places),
        why=group.finding.why if group.finding.table == plan.table else "",
    )
    yield comment(told, language)
    yield from (comment(sentence, language) for sentence in plan.assumed)
    if plan.left_out:
        names = listed([_one_line(header) for header in plan.left_out], _SHOWN)
        yield comment(phrase("Not read: {names}", names=names), language)
    yield section
    yield f"reads = {quoted_text(group.reads)}"
    if group.sheet:
        yield f"sheet = {quoted_text(group.sheet)}"
    if group.layouts:
        yield f"accepts = [{', '.join(map(quoted_text, group.layouts))}]"
    if plan.fill_down:
        yield f"fill_down = [{', '.join(map(quoted_text, plan.fill_down))}]"
    if needs_view(plan):
        yield f'view = "views/{plan.table}.sql"'
    if plan.is_snapshot:
        yield f"snapshot = true  {comment(_SNAPSHOT, language)}"
    if plan.values:
        yield f"usual_words = [{', '.join(map(quoted_text, plan.values))}]  {comment(_USUAL, language)}"
    yield from _columns(plan)
    yield from _words(plan)
    yield from _constants(plan, language)
    if plan.formats:
        yield f"\n[sources.tables.{plan.table}.formats]"
        yield from (f"{column} = {quoted_text(layout)}" for column, layout in plan.formats.items())


_KEY = phrase("customers are known by their names alone: no night reads them without the key that hashes them")
_USUAL = phrase("words that have not come yet are read as shops usually mean them; remove a column to be asked")
_SNAPSHOT = phrase("each file is the whole state; times that no column has are those of the file")


def needs_view(plan: TablePlan) -> bool:
    """Tell whether renaming columns is not enough to read the exports of a plan."""
    return bool(plan.expressions() or plan.condition or plan.goods_cell)


def _columns(plan: TablePlan) -> Iterator[str]:
    if not plan.headers:
        return
    yield f"\n[sources.tables.{plan.table}.columns]"
    for column in plan.contract.column_names:
        if column in plan.headers:
            header = plan.headers[column]
            yield f"{quoted_text(header)} = {quoted_text(column)}{_samples(plan, header, column)}"


def _samples(plan: TablePlan, header: str, column: str) -> str:
    values = sample(plan.group.export, header, column)
    return f"  # {_one_line(' · '.join(values))}" if values else ""


def _words(plan: TablePlan) -> Iterator[str]:
    for column, words in plan.values.items():
        yield f"\n[sources.tables.{plan.table}.values.{column}]"
        yield from (f"{quoted_text(word)} = {quoted_text(ours)}" for word, ours in words.items())


def _constants(plan: TablePlan, language: Language) -> Iterator[str]:
    if plan.constants():
        yield f"\n[sources.tables.{plan.table}.constants]"
    for column, made in plan.constants().items():
        yield f"{column} = {quoted_text(made.sql)}  {comment(made.why, language)}"


def _stand_in(table: str, missing: Missing, language: Language) -> Iterator[str]:
    yield from (comment(price, language) for price in missing.prices.get(table, ()))
    yield f"[sources.tables.{table}]"
    yield f"stand_in = {quoted_text(missing.stand_ins[table])}"


def _assumptions(missing: Missing, language: Language) -> Iterator[str]:
    yield "[assumptions]"
    for key, (value, why) in missing.assumptions.items():
        yield f"{key} = {value}  {comment(why, language)}"


def view_text(plan: TablePlan, language: Language) -> str:
    """Return the view of a plan that needs one, with a comment in `language` on each column that it makes."""
    made = plan.expressions()
    return view_over_drop(
        {name: entry.sql for name, entry in made.items()},
        without=[header for header in plan.group.export.headers if header.lower() in made],
        goods=text_of(plan, plan.goods_cell) if plan.goods_cell else "",
        condition=plan.condition,
        notes=list(dict.fromkeys(_one_line(in_language(entry.why, language)) for entry in made.values())),
    )


def comment(text: Phrase | str, language: Language) -> str:
    """Return a `text` as a comment of TOML in `language`."""
    return f"# {_one_line(in_language(text, language))}"


def _one_line(text: str) -> str:
    """Return a text in which nothing ends a line or a comment."""
    return " ".join(shown(text).split())


def quoted_text(text: str) -> str:
    """Return a text as a string of TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
