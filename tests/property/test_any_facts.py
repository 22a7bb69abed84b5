"""Whatever a worker of a cluster tells of a file comes back as the same facts, in the same words of both languages."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from string import Formatter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from xuanpin.pipelines.ingest.facts_as_json import facts_as_json, facts_from_json
from xuanpin.pipelines.ingest.file_facts import FileFacts
from xuanpin.pipelines.ingest.notes import Notes, Stage
from xuanpin.pipelines.typed.as_json import as_json, from_json
from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import CHINESE_JOINTS, Joined, Phrase, as_is, catalogue, in_language, phrase

texts = st.text(max_size=12)
odd_names = st.binary(max_size=8).map(lambda name: name.decode("utf-8", "surrogateescape"))
"""Names of files, whatever their bytes."""
counts = st.integers(0)
numbers = st.integers() | st.floats(allow_nan=False, width=32)
plain = (
    st.none() | st.booleans() | numbers | texts | odd_names | st.dates() | st.datetimes(timezones=st.just(UTC))
    | st.datetimes() | st.decimals(allow_nan=False, places=4)
)  # fmt: skip
TEMPLATES = sorted(catalogue())


@st.composite
def filled(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> Phrase:
    """A message of the catalogues with any values; those that its template forms are numbers."""
    template = draw(st.sampled_from(TEMPLATES))
    fields = [(name, form) for _, name, form, _ in Formatter().parse(template) if name is not None]
    formed = {name for name, form in fields if form}
    given_values = {name: draw(st.integers(0, 10**6) if name in formed else values) for name, _ in fields}
    return phrase(template, **given_values)


def longer(part: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Phrases whose values or parts are phrases in their turn."""
    pieces = st.lists(texts | part, max_size=3)
    return filled(plain | part) | st.builds(Joined, pieces, st.sampled_from(sorted(CHINESE_JOINTS)))


phrases = st.recursive(st.builds(as_is, texts) | st.builds(Bilingual, texts, texts), longer, max_leaves=4)
columns = st.lists(st.tuples(texts, st.sampled_from(["VARCHAR", "BIGINT"])), max_size=3).map(tuple)
shapes = st.tuples(st.sampled_from(["csv", "careful"]), columns, texts, st.booleans())
counted = st.dictionaries(texts, plain | st.lists(texts) | st.dictionaries(texts, counts | st.lists(texts)), max_size=3)
refused = st.lists(st.tuples(phrases, st.sampled_from(Stage)), max_size=3)


@st.composite
def any_notes(draw: st.DrawFn) -> Notes:
    refusals = draw(refused)
    names, by_name = st.lists(odd_names, max_size=2), st.dictionaries(texts, odd_names, max_size=2)
    return Notes(
        draw(texts),
        passed_over=draw(names),
        unfinished=draw(names),
        refusals=[said for said, _ in refusals],
        told=Counter(draw(st.dictionaries(texts, counts, max_size=2))),
        other_sheets=draw(names),
        ignored=draw(by_name),
        suggested=draw(by_name),
        warned=draw(st.dictionaries(texts, st.lists(phrases, max_size=2), max_size=2)),
        archives=draw(names),
        stage=draw(st.sampled_from(Stage)),
        refused_at=[stage for _, stage in refusals],
    )


any_facts = st.builds(
    FileFacts,
    path=odd_names,
    notes=any_notes(),
    shape=st.none() | shapes,
    columns=columns,
    rows=counts,
    names=st.lists(texts, max_size=3).map(tuple),
    damages=st.dictionaries(texts, st.lists(counted, max_size=2), max_size=2),
    placeholders=st.dictionaries(texts, counts, max_size=2),
    aborted=st.none() | phrases,
    misfit=st.none() | phrases,
)


def apart(value: object) -> object:
    """A value as parts that compare equal only where it is the same value of the same type: a phrase is more than a
    text."""
    kind = type(value).__name__
    if isinstance(value, Phrase):
        both = (str(value), in_language(value, "zh"), value.template, apart(dict(value.values)))
        return (kind, *both, apart(value.parts) if isinstance(value, Joined) else None)
    if isinstance(value, (Notes, FileFacts)):
        return (kind, apart(vars(value)))
    if isinstance(value, dict):
        return (kind, [(name, apart(one)) for name, one in value.items()])
    return (kind, [apart(one) for one in value]) if isinstance(value, (list, tuple)) else (kind, value)


@settings(deadline=None)
@given(any_facts)
def test_facts_come_back_as_they_were(facts: FileFacts) -> None:
    sent = facts_as_json(facts)
    read = facts_from_json(sent)
    assert sent.isascii()
    assert read == facts
    assert apart(read) == apart(facts)


@given(st.recursive(plain, lambda part: st.lists(part, max_size=3) | st.dictionaries(texts, part, max_size=3)))
def test_a_value_comes_back_with_its_type(value: object) -> None:
    assert apart(from_json(as_json(value))) == apart(value)


def test_a_moment_is_no_day() -> None:
    for value in (datetime(2026, 11, 29), date(2026, 11, 29)):
        assert apart(from_json(as_json(value))) == apart(value)
