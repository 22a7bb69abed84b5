"""Whatever agents tap, in whatever order, no more units are held than there are, and nobody holds what is not hers."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.offered_lists import LIST_DATE, MATCHES, NOON, SWAPS, UNITS, offer
from xuanpin.pipelines import run_store
from xuanpin.pipelines.answers import Answer
from xuanpin.pipelines.answers.spoken import standing, waiting
from xuanpin.pipelines.answers.stock import served
from xuanpin.pipelines.answers.taps import Taps
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError

AGENTS, SKUS = ("A1", "A2", "A3", "A9"), (*UNITS, "S9", "S99")
OFFERED = {(row[0], row[2]) for row in (*MATCHES, *SWAPS)}
Words = tuple[str, str | None]
Request = tuple[str, list[tuple[str, Words]]]
SAID: list[Words] = [("accepted", None), ("declined", None), ("declined", "price"), ("own_pick", None), ("x", None)]
ONE = st.tuples(st.sampled_from(SKUS), st.sampled_from(SAID))
REQUEST = st.tuples(st.sampled_from(AGENTS), st.lists(ONE, min_size=1, max_size=2))


@settings(max_examples=8, deadline=None)
@given(st.lists(REQUEST, min_size=1, max_size=8))
def test_no_sequence_of_taps_takes_more_than_there_is(
    requests: list[Request],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        offer(home)
        taps = Taps(home, lambda: NOON)
        for agent_id, said in requests:
            before = len(waiting(home, None))
            try:
                taps.give([Answer("tap", LIST_DATE, agent_id, sku, *words) for sku, words in said])
            except UsageError:
                assert len(waiting(home, None)) == before, "a request is stored whole or not at all"
        told = waiting(home, None)
        run = run_store.require_run(home)
        held = served(home, run, told, UNITS).held()
        for sku, units in UNITS.items():
            assert sum(count for pair, count in held.items() if pair[1] == sku) <= units
        accepted = {key[1:] for key, words in standing(told).items() if words[0] == "accepted"}
        assert accepted <= OFFERED
        assert accepted <= held.keys(), "who was told that she has a SKU has a unit of it"
