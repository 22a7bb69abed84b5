"""How likely agents take what they are given, on a small platform whose agents answer, or do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.support.match_worlds import ANSWERS, AS_OF, world_night
from xuanpin.models.arrays import Singles
from xuanpin.pipelines.affinity.step import affinity
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.matching.acceptance import AnsweringAgents, SilentAgents
from xuanpin.pipelines.matching.answered import Answered, shown_chance
from xuanpin.pipelines.matching.inputs import MatchProblem, read_match_problem

Said = tuple[int, str, str, str, str | None]
"""Days ago, agent, SKU, answer and reason."""


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    world = world_night(tmp_path_factory.mktemp("answering"), 3, agents=12, skus=30, most_stock=80)
    world.engine.execute("update night.stg_agents set status = 'active'")
    affinity(world)
    world.engine.execute("delete from history.matched")
    yield world
    world.engine.close()


def told(night: Night, said: Sequence[Said]) -> MatchProblem:
    """The match problem after these answers."""
    rows = [
        dict(zip(ANSWERS.names, (AS_OF - timedelta(days=ago), agent, sku, answer, reason), strict=True))
        for ago, agent, sku, answer, reason in said
    ]
    night.engine.store("night.stg_match_answers", pa.Table.from_pylist(rows, ANSWERS))
    return read_match_problem(night)


def chances(problem: MatchProblem) -> Singles:
    rows = np.arange(len(problem.lineup.agent_ids))
    return problem.taking.chance(rows, problem.scores.closeness(rows))


def skus_of(problem: MatchProblem) -> list[Any]:
    return list(problem.lineup.sku_ids.to_pylist())


def usual(problem: MatchProblem) -> list[Said]:
    """Every agent but the first takes nine of ten SKUs that she is given."""
    return [
        (1 + place % 9, f"A{agent:04d}", sku, "declined" if (place + agent) % 10 == 0 else "accepted", None)
        for agent in range(1, 12)
        for place, sku in enumerate(skus_of(problem))
    ]


def test_without_an_answer_only_silence_speaks(night: Night) -> None:
    problem = told(night, [])
    assert isinstance(problem.taking, SilentAgents)
    picked = told(night, [(0, "A0000", skus_of(problem)[0], "own_pick", None)])
    assert isinstance(picked.taking, SilentAgents)


def test_agents_who_answer_are_believed_and_every_chance_is_one(night: Night) -> None:
    problem = told(night, usual(told(night, [])))
    assert isinstance(problem.taking, AnsweringAgents)
    found = chances(problem)
    assert ((found > 0) & (found < 1)).all()
    assert 0.8 < found.mean() < 0.97
    assert (chances(told(night, usual(problem))) == found).all()


@pytest.mark.parametrize("reason", ["not_my_groups", "price"])
def test_a_reason_counts_against_its_own_kind(night: Night, reason: str) -> None:
    problem = told(night, usual(told(night, [])))
    sku, price = skus_of(problem), problem.lineup.scores.skus.price
    categories, before = problem.lineup.categories, chances(problem)
    if reason == "price":
        dear = np.argsort(-price)
        declined, alike = dear[2:5], price >= price[dear[4]]
    else:
        kind = max(set(categories), key=categories.count)
        alike = np.array([category == kind for category in categories])
        declined = np.flatnonzero(alike)[:3]
    more = [(1, "A0000", sku[place], "declined", reason) for place in declined]
    after = chances(told(night, [*usual(problem), *more]))
    change = (after - before)[0]
    assert change[alike].mean() < -0.1 < change[~alike].mean()
    assert np.abs((after - before)[1:]).mean() < 0.05


def test_what_she_took_or_left_the_last_time_she_takes_or_leaves_again(night: Night) -> None:
    sku = skus_of(told(night, []))
    again = [
        (day, f"A{agent:04d}", name, "declined" if (place + agent) % 3 == 0 else "accepted", None)
        for day in (2, 4, 6)
        for agent in range(12)
        for place, name in enumerate(sku[: len(sku) // 2])
    ]
    found = chances(told(night, again))[:, : len(sku) // 2]
    left = (np.arange(found.shape[1])[None, :] + np.arange(12)[:, None]) % 3 == 0
    assert found[~left].min() > 0.8 > 0.4 > found[left].mean()


def test_a_sell_out_says_nothing_of_taste_and_the_oldest_answers_are_forgotten(night: Night) -> None:
    problem = told(night, usual(told(night, [])))
    sku, before = skus_of(problem), chances(problem)
    more = [(1, "A0000", name, "declined", "sold_out_before") for name in sku[:5]]
    more += [(60, "A0000", name, "declined", "style") for name in sku[5:9]]
    assert (chances(told(night, [*usual(problem), *more])) == before).all()


def test_what_is_neither_answered_nor_seen_changes_nothing(night: Night) -> None:
    problem = told(night, usual(told(night, [])))
    before = chances(problem)
    days_without_posts = [AS_OF - timedelta(days=ago) for ago in (20, 21)]
    for day in days_without_posts:
        given = {"list_date": day, "agent_id": "A0000", "sku_id": skus_of(problem)[0], "propensity": None}
        night.engine.append(
            "history.matched", pa.Table.from_pylist([given], night.engine.read("history.matched").schema)
        )
    after = chances(told(night, usual(problem)))
    night.engine.execute("delete from history.matched")
    assert (after == before).all()


def test_what_was_posted_lately_is_taken_less(night: Night) -> None:
    problem = told(night, usual(told(night, [])))
    sku, before = skus_of(problem), chances(problem)
    posts = night.engine.read("history.posts")
    try:
        lately = {"posted_on": AS_OF, "agent_id": "A0000", "group_id": "G0000", "sku_id": sku[0], "posts": 1}
        night.engine.execute("delete from history.posts where agent_id = 'A0000'")
        without = chances(told(night, usual(problem)))
        night.engine.append("history.posts", pa.Table.from_pylist([lately], posts.schema))
        after = chances(told(night, usual(problem)))
    finally:
        night.engine.store("history.posts", posts)
    assert before.shape == after.shape
    assert after[0, 0] < without[0, 0]


def seen(accepted: dict[int, tuple[int, int]], posted: float, agents: int) -> Any:
    """How likely posts are seen of agents who took so many by word and were seen to post so many of them."""
    agent = np.repeat(list(accepted), [days for days, _ in accepted.values()]).astype(np.int64)
    shown = np.concatenate([np.arange(days) < times for days, times in accepted.values()]).astype(float)
    answer, none = pa.array(["accepted"] * len(agent)), np.zeros(len(agent))
    skus: Any = None
    evidence = Answered(agent, none.astype(np.int64), answer, answer, shown, none, none, pa.array(["S1"]), skus)
    return shown_chance(evidence, np.full(agents, posted))


def test_how_much_of_her_posts_is_seen_is_known_from_what_she_took_by_word() -> None:
    assert seen({0: (30, 30), 1: (30, 6)}, 0.6, 3) == pytest.approx([(30 + 6) / 40, (6 + 6) / 40, 0.6])
    assert seen({0: (10_000, 10_000)}, 1.0, 1) == pytest.approx([0.999])


def test_of_others_as_much_is_seen_as_of_the_lowest_tenth_of_many_who_answer() -> None:
    many = dict.fromkeys(range(11), (10, 9))
    assert seen(many, 0.6, 12)[11] == pytest.approx(0.9)
    assert seen(many | {0: (10, 3), 1: (10, 3), 2: (10, 3)}, 0.6, 12)[11] == pytest.approx(0.6)
    assert seen(dict.fromkeys(range(9), (10, 9)), 0.6, 12)[11] == pytest.approx(0.6)
