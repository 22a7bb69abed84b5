"""Any two runs: one beside itself differs in nothing, and two the other way round differ the other way round."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.compared_runs import FIRST, SECOND, run_of, sku
from xuanpin.pipelines.comparing.compare import ComparedSku, Comparison, compare
from xuanpin.pipelines.context import Home

Run = tuple[list[dict[str, Any]], list[tuple[str, str, int]]]


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """A run of up to five SKUs, some listed, and two agents with some of them."""
    known = draw(st.lists(st.sampled_from(["S1", "S2", "S3", "S4", "S5"]), unique=True, max_size=5))
    listed = draw(st.lists(st.sampled_from(known), unique=True)) if known else []
    rates = st.sampled_from([0.0, 0.1, 0.25])
    skus = [sku(name, listed.index(name) + 1 if name in listed else None, regret_rate=draw(rates)) for name in known]
    hers = {agent: draw(st.permutations(listed))[: draw(st.integers(0, 3))] for agent in ("A1", "A2")}
    return skus, [(agent, name, place) for agent, names in hers.items() for place, name in enumerate(names, 1)]


def mirrored(skus: tuple[ComparedSku, ...]) -> list[tuple[str, Any, Any]]:
    return sorted((found.sku_id, found.after, found.before) for found in skus)


def plain(skus: tuple[ComparedSku, ...]) -> list[tuple[str, Any, Any]]:
    return sorted((found.sku_id, found.before, found.after) for found in skus)


def turned(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with before and after exchanged."""
    names = {"rose": "fell", "fell": "rose", "came": "went", "went": "came"}
    swapped = {}
    for name, value in row.items():
        other = name.replace("_before", "_x").replace("_after", "_before").replace("_x", "_after")
        swapped[names.get(name, other)] = [turned(one) for one in value] if isinstance(value, list) else value
    return swapped


def is_empty(found: Comparison) -> bool:
    lists = (found.entering, found.leaving, found.moved, found.changed, found.others, found.shifts, found.decisions)
    counts = [found.matches[name] for name in ("came", "went", "moved", "agents_changed")]
    made = (found.checks, found.alarms, found.settings, found.origins, found.row_counts)
    return not any((*lists, *counts, *made))


@settings(max_examples=12, deadline=None)
@given(runs(), runs())
def test_a_comparison_with_itself_is_empty_and_one_turned_round_is_its_mirror(one: Run, other: Run) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        before, after = run_of(home, FIRST, "aaaa1", *one), run_of(home, SECOND, "bbbb2", *other)
        assert is_empty(compare(home, before, before, with_others=True))
        there, back = (compare(home, *pair, with_others=True) for pair in ((before, after), (after, before)))
    assert plain(there.entering) == mirrored(back.leaving)
    assert plain(there.leaving) == mirrored(back.entering)
    assert plain(there.moved) == mirrored(back.moved)
    assert plain(there.changed) == mirrored(back.changed)
    assert plain(there.others) == mirrored(back.others)
    assert [turned(row) for row in there.shifts] == list(back.shifts)
    assert turned(there.matches) == back.matches
    by_codes = [sorted(map(str, map(sorted, (turned(row).items() for row in there.decisions))))]
    assert by_codes == [sorted(map(str, map(sorted, (row.items() for row in back.decisions))))]
    assert [(one.key, one.after, one.before) for one in there.row_counts] == [
        (one.key, one.before, one.after) for one in back.row_counts
    ]
