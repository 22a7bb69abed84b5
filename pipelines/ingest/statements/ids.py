"""SQL that finds columns of ids that a spreadsheet has damaged, in the incoming rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine.names import column_list, literal, quoted, quoted_table
from xuanpin.pipelines.ingest.statements.drops import FAULT
from xuanpin.pipelines.ingest.statements.scratch import INCOMING, key_text

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
EXPONENT = r"\d([.]\d+)?[eE][+]\d+|\d[.]\d+[eE]\d{1,2}"
"""A number as spreadsheets and programs shorten it: 6.92E+18, 6.92E18; 1E5 may be an id."""
DATE = (
    rf"\d{{1,2}}月\d{{1,2}}日|(?:\d{{1,4}}-)?{_MONTH}-\d{{1,4}}|\d{{1,2}}-{_MONTH}|"
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?: 0?0:00(?::00)?)?"
)
"""What a spreadsheet makes of 3-5, Mar-5 or 2026-3-5: the day, in the forms in which it shows or saves one."""
MARKS = r"#+|#(?:NAME[?]|VALUE!|REF!|DIV/0!|NUM!|NULL!)"
"""What a spreadsheet shows of a narrow cell, and of an id that begins as a formula does."""
_DAMAGED = f"{EXPONENT}|{DATE}|{MARKS}"
_SUSPICIOUS = rf"[+#月]|-{_MONTH}|{_MONTH}-|[0-9][.][0-9]+[eE]|^[0-9]{{4}}[-/]"
_BEYOND = r"\d{18,30}"
"""Numbers with more digits than a floating number keeps, which are seventeen at most."""
_COUNTED = "0" * 6
"""Zeros within a number that counts on from a round one: it is as it was made, and not rounded."""
_KEPT_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; it writes zeros for the others."""


def id_suspicions(columns: Iterable[str]) -> str:
    """Write, for each of the id `columns`, whether any value may be damaged or has more digits than are kept."""
    tests = [
        f"coalesce(bool_or(length({quoted(name)}) > {_KEPT_DIGITS} or "
        f"regexp_matches({quoted(name)}, {literal(_SUSPICIOUS)})), false) as {quoted(name)}"
        for name in columns
    ]
    return f"select {', '.join(tests)} from {quoted_table(INCOMING)}"


def damaged_ids(name: str) -> str:
    """Write, by drop, in how many rows the column `name` holds an exponent, a date or a mark, and its long numbers.

    Of distinct numbers of more than fifteen digits, `cut` counts those with zeros alone after the fifteenth, `zeros`
    these zeros, `whole` the others; `beyond` those of more than seventeen, of which `odd` end in no zero or have zeros
    before what they count; `row_count` counts all rows; `ids` are three of what is damaged.
    """
    value = quoted(name)
    counts = [
        f"cast(coalesce(sum(rows) filter (where {_is(value, pattern)}), 0) as bigint) as {kind}"
        for kind, pattern in (("exponents", EXPONENT), ("dates", DATE), ("marks", MARKS))
    ]
    is_cut = _is(value, rf"\d{{{_KEPT_DIGITS}}}0+")
    is_odd = f"not ends_with({value}, '0') or contains(left({value}, {_KEPT_DIGITS}), '{_COUNTED}')"
    is_long = _is(value, rf"\d{{{_KEPT_DIGITS + 1},}}")
    return f"""
        select
            drop_path,
            cast(sum(rows) as bigint) as row_count,
            {", ".join(counts)},
            count(*) filter (where {is_cut}) as cut,
            cast(coalesce(sum(length({value}) - {_KEPT_DIGITS}) filter (where {is_cut}), 0) as bigint) as zeros,
            count(*) filter (where {is_long} and not {is_cut}) as whole,
            count(*) filter (where {_is(value, _BEYOND)}) as beyond,
            count(*) filter (where {_is(value, _BEYOND)} and ({is_odd})) as odd,
            min({value}, 3) filter (where {_is(value, _DAMAGED)} or {is_cut}) as ids
        from (select drop_path, {value}, count(*) as rows from {quoted_table(INCOMING)} group by drop_path, {value})
        group by drop_path
        order by drop_path
    """


def rounded_ids(name: str) -> str:
    """Write how many distinct numbers of over seventeen digits the column `name` of the drop $path holds: `beyond`.

    `rounded` counts those that a floating number writes so, the last digits as zeros; `ids` are three of them.
    """
    value = quoted(name)
    shortest = f"try_cast(cast(cast({value} as double) as varchar) as decimal(38, 0))"
    return f"""
        select
            count(*) as beyond,
            count(*) filter (where {shortest} = try_cast({value} as decimal(38, 0))) as rounded,
            min({value}, 3) as ids
        from (select distinct {value} from {quoted_table(INCOMING)} where drop_path = $path and {_is(value, _BEYOND)})
    """


def _is(value: str, pattern: str) -> str:
    return f"regexp_full_match({value}, {literal(pattern)})"


def damaged_rows(columns: Sequence[str]) -> str:
    """Write the update that marks the incoming rows of which one of the id `columns` is damaged beyond doubt."""
    cases = [f"when {_is(quoted(name), _DAMAGED)} then {literal(damage_rule(name))}" for name in columns]
    found = " or ".join(f"coalesce({_is(quoted(name), _DAMAGED)}, false)" for name in columns)
    return (
        f"update {quoted_table(INCOMING)} set {FAULT} = case {' '.join(cases)} end where {FAULT} is null and ({found})"
    )


def damage_rule(name: str) -> str:
    """Return the name of the rule that a row breaks whose id in the column `name` is damaged."""
    return f"{name}_damaged"


def shortened_keys(contract: Contract, key: str) -> str:
    """Write, by drop, how many of the new ids in the column `key` are known only with zeros before them.

    `ids` counts distinct ids of digits, `known` those of them that are stored, or come in the same batch, with leading
    zeros and not without; `examples` are up to three pairs.
    """
    name, table = quoted(key), quoted_table(f"source.{contract.name}")
    stored = f"select distinct {name} as full_id from {table} where starts_with({name}, '0')"
    coming = f"select distinct {name} as full_id from {quoted_table(INCOMING)} where starts_with({name}, '0')"
    return f"""
        with full_ids as ({stored} union {coming}),
        longer as (
            select ltrim(full_id, '0') as id, min(full_id) as full_id from full_ids group by ltrim(full_id, '0')
        ),
        new_ids as (
            select distinct drop_path, {name} as id
            from {quoted_table(INCOMING)}
            where exists (select 1 from full_ids) and regexp_full_match({name}, '[1-9][0-9]*')
        ),
        compared as (
            select n.drop_path, n.id, l.full_id
            from new_ids as n
            anti join {table} as t on t.{name} = n.id
            left join longer as l on l.id = n.id
        )
        select
            drop_path, count(*) as ids, count(full_id) as known,
            min(full_id || ' as ' || id, 3) filter (where full_id is not null) as examples
        from compared
        group by drop_path
        having count(full_id) > 0
        order by drop_path
    """


def key_repeats(contract: Contract) -> str:
    """Write how many incoming rows there are, and about how many keys."""
    keys = f"approx_count_distinct({column_list(contract.key)})"
    return f"select count(*) as row_count, {keys} as keys from {quoted_table(INCOMING)}"


def shared_keys(contract: Contract, fixed: Sequence[str]) -> str:
    """Write how many incoming rows have a key that rows with other values of the `fixed` columns have too."""
    differ = " or ".join(f"min({quoted(name)}) <> max({quoted(name)})" for name in fixed)
    key = column_list(contract.key)
    return f"""
        select
            cast(coalesce(sum(rows), 0) as bigint) as row_count,
            count(*) as keys,
            min(key, 3) as ids,
            min(drop_path) as drop_path
        from (
            select {key_text(contract)} as key, count(*) as rows, min(drop_path) as drop_path
            from {quoted_table(INCOMING)}
            group by {key}
            having {differ}
        )
    """
