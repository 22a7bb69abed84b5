"""Turns what was recognised into plans, table by table, asking where it is not sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xuanpin.pipelines.connect.assumed import ASSUMED, FILLED
from xuanpin.pipelines.connect.connection import Connection, Group, archives_together
from xuanpin.pipelines.connect.evidence import category_levels, header_meaning, is_unique
from xuanpin.pipelines.connect.findings import ColumnFinding
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.questions import LEAVE_OUT, Asking, Choice, Question, leave_out
from xuanpin.pipelines.connect.recognition.dictionary import strengths
from xuanpin.pipelines.connect.recognition.recognising import recognise_as
from xuanpin.pipelines.connect.samples import sample, tells_of_person
from xuanpin.pipelines.contracts import load_contract, source_contracts
from xuanpin.pipelines.missing.prices import prices
from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import as_is, phrase

_ASKED_WORDS = 12
"""Unknown words of a column that are asked about, the most frequent first; free text has hundreds."""
_NAMED = 0.85
"""Strength from which a header names a column by itself."""
_WORTH = ("quantity", "agent_id", "group_id", "status", "paid_amount", "sellable_units")
"""Further columns that are asked about: what would be assumed instead changes what is counted."""
_FREE_COLUMNS = {"reason_code": "other"}
"""Columns whose unknown words may be taken as one value: a reason that nobody knows is another reason."""


def recognised_plans(connection: Connection, asking: Asking) -> list[TablePlan]:
    """Return a plan of each source table that exports were recognised as, with the columns that are known by now."""
    groups: dict[str, list[Group]] = {}
    for group in connection.groups:
        table = table_of(group, asking)
        if table:
            groups.setdefault(table, []).append(group)
    chosen = {table: _one_of(table, archives_together(found), asking) for table, found in groups.items()}
    return [_plan(table, _as_table(group, table), asking) for table, group in chosen.items() if group is not None]


def _as_table(group: Group, table: str) -> Group:
    """Return a group whose headers are judged as those of the table that somebody has named."""
    is_known = group.finding.table == table and group.finding.certainty == "sure"
    return group if is_known else replace(group, finding=recognise_as(group.export, table))


def table_of(group: Group, asking: Asking) -> str | None:
    """Return the source table that a group of exports is; None where it stays out or is not known yet."""
    finding = group.finding
    if finding.certainty == "sure":
        return finding.table
    if finding.table is None and not finding.others:
        return None
    names = dict.fromkeys(name for name in (finding.table, *finding.others) if name)
    question = Question(
        group.key,
        phrase("what is {file}? {why}", file=group.key, why=finding.why),
        tuple(group.export.headers[:8]),
        (*(Choice(name, table_name(name)) for name in names), leave_out(phrase("none of these: leave the file out"))),
        finding.table if finding.certainty == "likely" else None,
    )
    return _given(asking.ask(question))


def table_name(table: str) -> Bilingual:
    """Return what people call a source table."""
    return Bilingual(table, f"{load_contract(table).name_zh} {table}")


def column_name(table: str, column: str) -> Bilingual:
    """Return what people call a column of a source `table`."""
    title = load_contract(table).column(column).title_zh
    return Bilingual(column, f"{title} {column}" if title else column)


def _given(answer: str | None) -> str | None:
    return None if answer == LEAVE_OUT else answer


def _one_of(table: str, groups: Sequence[Group], asking: Asking) -> Group | None:
    """Return the exports that a table is read from, as settings name one place a table."""
    if len(groups) == 1:
        return groups[0]
    best = max(groups, key=lambda group: (_recognised(group), group.export.row_count))
    question = Question(
        table,
        phrase(
            "{count} exports look like {table}, and one of them can be read; which one? (exports with the same "
            "columns in one folder are read together)",
            count=len(groups),
            table=table_name(table),
        ),
        (),
        (*(Choice(group.key, as_is(group.key)) for group in groups), leave_out(phrase("none of them"))),
        best.key,
    )
    answer = asking.ask(question)
    return next((group for group in groups if group.key == answer), None)


def _recognised(group: Group) -> int:
    return sum(finding.column is not None for finding in group.finding.columns)


def _plan(table: str, group: Group, asking: Asking) -> TablePlan:
    plan = TablePlan(table, group)
    columns = group.finding.columns
    taken = {found.column for found in columns if found.certainty == "sure" and found.column}
    named: dict[str, str] = {}
    # What has no proposal is asked last, and only where nothing else gives the column.
    for found in sorted(columns, key=lambda found: found.certainty == "open"):
        column = _column(plan, found, taken, asking)
        if column is not None:
            taken.add(column)
            named[found.header] = column
    for found in columns:
        if found.header in named:
            _take_column(plan, named[found.header], found, asking)
        else:
            plan.left_out.append(found.header)
    return plan


def _take_column(plan: TablePlan, column: str, found: ColumnFinding, asking: Asking) -> None:
    plan.headers[column] = found.header
    if found.layout:
        plan.formats[column] = found.layout
    _take_words(plan, column, found, asking)


def _is_worth_asking(plan: TablePlan, column: str) -> bool:
    """Tell whether a column without a proposal is asked about: one that is wanted, or has a price to be without."""
    given = (*ASSUMED.get(plan.table, {}), *FILLED)
    wanted = plan.contract.column(column).required and column not in given
    return wanted or f"{plan.table}.{column}" in prices() or column in _WORTH


def _column(plan: TablePlan, found: ColumnFinding, taken: set[str], asking: Asking) -> str | None:
    """Return the contract column that a header is; None where it stays out or nobody has said."""
    if plan.table == "products" and found.header in category_levels(plan.group.export):
        return None
    if found.certainty == "sure":
        return found.column
    names = [
        name
        for name in dict.fromkeys((found.column, *found.others))
        if name and name not in taken and name in plan.contract.column_names and not _is_denied(plan, found, name)
    ]
    if found.certainty == "open" or found.column is None:
        names = [name for name in names if _is_worth_asking(plan, name)]
    if not names:
        return None
    question = Question(
        f"{plan.group.key} / {found.header}",
        phrase("what is {header} of {file}? {why}", header=found.header, file=plan.group.key, why=found.why),
        sample(plan.group.export, found.header, names[0]),
        (
            *(Choice(name, column_name(plan.table, name)) for name in names),
            leave_out(phrase("none of these: leave the column out")),
        ),
        _proposal(found, names),
    )
    return _given(asking.ask(question))


def _proposal(found: ColumnFinding, names: Sequence[str]) -> str | None:
    """Return the likely answer: a column, or that the header likely stays out."""
    if found.certainty != "likely":
        return None
    if found.column is None and "order_id" not in names:
        return LEAVE_OUT
    return found.column if found.column in names else names[0]


def _is_denied(plan: TablePlan, found: ColumnFinding, column: str) -> bool:
    """Tell whether a header cannot be a column: an id that lines share is of no line, and only what no header names
    can be told by its values."""
    export = plan.group.export
    if plan.table != "orders" or column not in ("order_line_id", "order_id"):
        return False
    if column == "order_line_id":
        return not is_unique(export, [found.header])
    named = header_meaning(export, "orders", "order_id", _NAMED)
    return named not in (None, found.header) and "order_id" not in strengths("orders", found.header)


def _take_words(plan: TablePlan, column: str, found: ColumnFinding, asking: Asking) -> None:
    allowed = plan.contract.column(column).allowed
    words = {word: ours for word, ours in found.words.items() if word != ours}
    # A word that tells of a person stands in no question and in no settings; its rows are set aside.
    asked = [word for word in found.unknown_words if not tells_of_person(word)] if allowed else []
    unknown = sorted(asked, key=lambda word: (-found.unknown_words[word], word))
    for word in unknown[:_ASKED_WORDS]:
        answer = _given(asking.ask(_word_question(plan, column, found, word, allowed)))
        if answer:
            words[word] = answer
    if words:
        plan.values[column] = words


def _word_question(plan: TablePlan, column: str, found: ColumnFinding, word: str, allowed: Sequence[str]) -> Question:
    labels = dict(zip(allowed, plan.contract.column(column).labels_zh, strict=False))
    return Question(
        f"{plan.group.key} / {found.header} = {word}",
        phrase(
            'what does "{word}" in {header} of {file} mean ({count:,} times in the sample)?',
            word=word,
            header=found.header,
            file=plan.group.key,
            count=found.unknown_words[word],
        ),
        (),
        (
            *(Choice(value, Bilingual(value, f"{labels.get(value, '')} {value}".strip())) for value in allowed),
            leave_out(phrase("not known: rows with it are set aside")),
        ),
        found.near_words.get(word) or _FREE_COLUMNS.get(column),
    )


def tables_without(plans: Sequence[TablePlan]) -> list[str]:
    """Return the source tables that no plan reads, in the order of contracts."""
    read = {plan.table for plan in plans}
    return [contract.name for contract in source_contracts() if contract.name not in read]
