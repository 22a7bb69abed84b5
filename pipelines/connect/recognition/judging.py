"""Says for each header of an export what it means, how sure that is, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from xuanpin.pipelines.connect.findings import Certainty, ColumnFinding
from xuanpin.pipelines.connect.recognition.dictionary import (
    SURE_HEADER,
    other_kind,
    refused_as,
    refused_kind,
    tables_naming,
)
from xuanpin.pipelines.connect.recognition.evidence import OF_A_LINE, Evidence, is_shorter, rivals
from xuanpin.pipelines.connect.recognition.fit import CONTRADICTED, known_share
from xuanpin.pipelines.connect.recognition.layouts import layout_of
from xuanpin.pipelines.connect.recognition.plausible import may_be, plausible
from xuanpin.pipelines.connect.recognition.values import Profile
from xuanpin.pipelines.connect.recognition.words import words_of
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

PROVEN = 0.25
"""What relations add at least where they prove a column by themselves."""
_CLEARLY = 0.13
"""How much stronger a header must be than one that is left out: more than words in brackets take away."""
_SOME = 0.1
"""Share of telephones and addresses of mail from which a column is masked."""
_WORDS_PROVE = 0.9
"""Share of known words from which an enumeration is proven by its values."""


@dataclass(frozen=True)
class Judgement:
    """What a header was found to mean: `column`, `why` and `others` as in `ColumnFinding`, before values are
    translated."""

    column: str | None
    certainty: Certainty
    why: Phrase
    others: tuple[str, ...] = ()


def judge(evidence: Evidence) -> tuple[ColumnFinding, ...]:
    """Return the finding of each header of the export, in order."""
    found = _known_customers([_judgement(evidence, at) for at in range(len(evidence.sample.headers))])
    return tuple(_finding(evidence, at, judged) for at, judged in enumerate(found))


def _finding(evidence: Evidence, at: int, judged: Judgement) -> ColumnFinding:
    profile, header = evidence.sample.profiles[at], evidence.sample.headers[at]
    name = judged.column or next(iter(judged.others), None)
    column = evidence.contract.column(name) if name else None
    words = words_of(profile, evidence.contract.name, column) if column else None
    return ColumnFinding(
        header,
        judged.column,
        judged.certainty,
        judged.why,
        judged.others,
        words.known if words else {},
        words.unknown if words else {},
        layout_of(profile, column) if column else "",
        words.near if words else {},
        is_personal(header, judged.column, profile),
        "goods" if at == evidence.goods else "",
    )


def _known_customers(found: list[Judgement]) -> list[Judgement]:
    """Make a question of what customers are called, where no id of theirs is sure: it may be all that tells them
    apart."""
    if any(judged.column == "customer_id" and judged.certainty == "sure" for judged in found):
        return found
    named = ("customer_name", "sure")
    return [
        replace(judged, certainty="likely") if (judged.column, judged.certainty) == named else judged
        for judged in found
    ]


def is_personal(header: str, column: str | None, profile: Profile) -> bool:
    """Tell whether values may identify a person: by what the header or its `column` means, or by their own looks."""
    named = column in ("customer_name", "customer_id", "sender_id", "sender_name", "comment", "text")
    return named or other_kind(header) in ("personal", "contact") or profile.share("phone", "email") > _SOME


def _judgement(evidence: Evidence, at: int) -> Judgement:
    if (kind := refused_kind(evidence.sample.headers[at])) is not None:
        return Judgement(None, "sure", refusal(kind))
    if at == evidence.goods:
        told = phrase("each cell holds all goods of an order with their numbers")
        return Judgement(None, "sure", told, ("sku_id", "quantity"))
    column = evidence.pairs.get(at)
    return _left_out(evidence, at) if column is None else _paired(evidence, at, column)


def refusal(kind: str) -> Phrase:
    """Say why no decision may read a header of this `kind`."""
    return phrase("it holds {what}, which no decision may read", what=refused_as(kind))


def _paired(evidence: Evidence, at: int, column: str) -> Judgement:
    place = evidence.place(column)
    strength, fitting = evidence.header[at, place], evidence.values[at, place]
    if strength and fitting <= CONTRADICTED:
        return Judgement(None, "open", phrase("its header says {column}, its values do not", column=column), (column,))
    others = _other_columns(evidence, at, column)
    proof = evidence.proof[at, place]
    if proof >= PROVEN and strength > 0:
        return Judgement(column, "sure", phrase("its values agree with other columns or exports"), others)
    if proof < 0:
        return Judgement(column, "likely", phrase("its header says so, other columns or exports do not"), others)
    if rivals(evidence, at, column):
        return Judgement(column, "likely", phrase("several headers may mean {column}", column=column), others)
    if column in OF_A_LINE and evidence.is_of_heads:
        return Judgement(
            column, "likely", phrase("the export names no goods, so that it may be of whole orders"), others
        )
    if strength >= SURE_HEADER:
        return Judgement(column, "sure", _by_header(evidence, at), others)
    if _is_proven_by_words(evidence, at, column):
        return Judgement(column, "sure", phrase("its header may mean it, and its words are known"), others)
    return Judgement(column, "likely", _possible(strength), others)


def _by_header(evidence: Evidence, at: int) -> Phrase:
    if evidence.sample.profiles[at].is_empty:
        return phrase("its header is known; no row of the sample has a value")
    return phrase("its header is known, and its values agree")


def _possible(strength: float) -> Phrase:
    return phrase("its header may mean it") if strength else phrase("its values look like it")


def _is_proven_by_words(evidence: Evidence, at: int, column: str) -> bool:
    profile = evidence.sample.profiles[at]
    if not evidence.contract.column(column).allowed or profile.share("chinese", "latin") < _WORDS_PROVE:
        return False
    named = evidence.header[at, evidence.place(column)] > 0
    return bool(named) and known_share(profile, evidence.contract.name, column) >= _WORDS_PROVE


def _other_columns(evidence: Evidence, at: int, column: str) -> tuple[str, ...]:
    """The other columns that a header may mean and that no other header has, best first."""
    taken = set(evidence.pairs.values())
    names = evidence.contract.column_names
    weights = {name: float(evidence.total[at, number]) for number, name in enumerate(names)}
    open_ones = [name for name, weight in weights.items() if weight > 0.3 and name != column and name not in taken]
    return tuple(sorted(open_ones, key=lambda name: (-weights[name], name)))


def _left_out(evidence: Evidence, at: int) -> Judgement:
    header, profile = evidence.sample.headers[at], evidence.sample.profiles[at]
    named = evidence.named(at)
    if named:
        return _beaten(evidence, at, named)
    if other_kind(header) is not None:
        return _of_no_column(evidence, at)
    if profile.is_empty:
        return Judgement(None, "sure", phrase("no row of the sample has a value"))
    judged, others = _unknown(evidence, at), tables_naming(header) - {evidence.contract.name}
    wanted = [evidence.contract.column(name) for name in judged.others]
    if others and not any(column.required and column.allowed for column in wanted):
        return Judgement(None, "sure", phrase("its header is known for {tables}", tables=joined(sorted(others))))
    return judged


def _of_no_column(evidence: Evidence, at: int) -> Judgement:
    """Judge a header that means none of the columns; a customer may be known by nothing else than a telephone."""
    is_contact = other_kind(evidence.sample.headers[at]) == "contact"
    if (
        is_contact
        and evidence.contract.name == "orders"
        and evidence.at("customer_id") is None
        and _is_whole(evidence, at)
    ):
        told = phrase("customers may be known by nothing else; such an id is never stored as it is")
        return Judgement(None, "likely", told, ("customer_id",))
    return Judgement(None, "sure", phrase("its header is known and means none of the columns"))


def _is_whole(evidence: Evidence, at: int) -> bool:
    """Tell whether most values are not masked: 138****1234 tells nobody from others."""
    values = evidence.sample.values(at)
    return sum("**" in value for value in values) * 2 <= len(values)


def _beaten(evidence: Evidence, at: int, named: Mapping[str, float]) -> Judgement:
    """Judge a header whose columns better headers have, or whose values are not those of a line."""
    ranked = sorted(named, key=lambda name: (-named[name], name))
    if any(evidence.proof[at, evidence.place(name)] < 0 for name in ranked):
        told = phrase(
            "it stands for whole orders, or other columns or exports speak against {column}", column=ranked[0]
        )
        is_sure = _is_replaced(evidence, at, ranked, named) or _needs_no_total(evidence, ranked)
        return Judgement(None, "sure" if is_sure else "likely", told, tuple(ranked))
    free = [name for name in ranked if evidence.at(name) is None]
    if free:
        return Judgement(None, "open", phrase("its header may mean {column}", column=free[0]), tuple(free))
    winner = evidence.at(ranked[0])
    told = phrase(
        "{column} is read from {header}, which names it better",
        column=ranked[0],
        header=evidence.sample.headers[winner] if winner is not None else "",
    )
    return Judgement(None, "sure" if _is_replaced(evidence, at, ranked, named) else "likely", told, tuple(ranked))


def _is_replaced(evidence: Evidence, at: int, names: Sequence[str], named: Mapping[str, float]) -> bool:
    """Tell whether each column that a header may mean has one that names it with certainty, or by proof."""
    return all(_is_outdone(evidence, at, name, named[name]) for name in names)


def _is_outdone(evidence: Evidence, at: int, column: str, strength: float) -> bool:
    """Tell whether another header names a column so much better that nobody needs to be asked."""
    winner = evidence.at(column)
    if winner is None:
        return False
    place = evidence.place(column)
    if evidence.proof[winner, place] <= 0 and at in rivals(evidence, winner, column):
        return False
    if is_shorter(evidence.sample.headers[at], evidence.sample.headers[winner]):
        return True
    better = evidence.header[winner, place]
    return strength < SURE_HEADER and (_is_certain(evidence, column) or strength < better - _CLEARLY)


def _needs_no_total(evidence: Evidence, names: Sequence[str]) -> bool:
    """Tell whether lines have their own numbers, so that those of the whole order are not missed."""
    if "quantity" in names and evidence.goods is not None:
        return True
    amounts = {"paid_amount", "unit_price"}
    return set(names) <= amounts and any(_is_certain(evidence, name) for name in amounts)


def _is_certain(evidence: Evidence, column: str) -> bool:
    at = evidence.at(column)
    if at is None:
        return False
    place = evidence.place(column)
    return bool(evidence.header[at, place] >= SURE_HEADER or evidence.proof[at, place] >= PROVEN)


def _unknown(evidence: Evidence, at: int) -> Judgement:
    """Judge a header that is in no dictionary: it is left out for sure only where its values fit nothing that is open.

    A column that a header names without certainty is open too.
    """
    header, profile, contract = evidence.sample.headers[at], evidence.sample.profiles[at], evidence.contract
    taken = {name for name in evidence.pairs.values() if _is_certain(evidence, name)}
    lacking = [column for column in contract.columns if column.name not in taken]
    likely = [column.name for column in lacking if plausible(profile, contract.name, column)]
    fitting = [column.name for column in lacking if may_be(header, profile, contract.name, column)]
    names = tuple(dict.fromkeys((*likely, *fitting)))
    if not names:
        return Judgement(None, "sure", phrase("its header is unknown, and its values fit no column that is missing"))
    if any(contract.column(name).required and evidence.at(name) is None for name in likely):
        return Judgement(None, "open", phrase("its header is unknown; its values fit several columns"), names)
    return Judgement(None, "likely", phrase("its header is unknown; what is needed is read from others"), names)
