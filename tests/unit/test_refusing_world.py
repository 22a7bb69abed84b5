"""Agents who choose: what moves them, what they say of it and when, what they propose, and what costs their trust."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from xuanpin.models.arrays import Array
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.demo.baselines import BASELINES
from xuanpin.pipelines.demo.choices import ANSWERS, choose_posts
from xuanpin.pipelines.demo.refusing import (
    REASONS,
    TRUST_KEPT,
    chance_to_accept,
    grounds,
    is_landmine,
    known_chance,
    remember_posts,
    says_yes,
    schedule_disappointment,
    update_agent_trust,
)
from xuanpin.pipelines.demo.rows import answer_rows
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, Scale
from xuanpin.pipelines.demo.simulate import live_day
from xuanpin.pipelines.demo.world import Columns, World

SMALL = Scale(agents=24, skus=120, days=35, order_lines=6_000)
TODAY = np.datetime64("2026-11-22", "D")
NOBODY = np.zeros((24, 0), dtype=np.int64)


@pytest.fixture(scope="module")
def drawn() -> World:
    return World(11, SMALL, acceptance=0.7)


@pytest.fixture
def world(drawn: World) -> World:
    """A platform whose agents would post seven in ten of what suits them, before its first day."""
    return copy.deepcopy(drawn)


def first_skus(world: World, count: int = 6) -> Array:
    """The same SKUs given to every agent."""
    return np.tile(np.arange(count), (len(world.people.agents), 1))


def said_on(world: World, day: np.datetime64) -> Columns:
    return world.state.agenda.due("match_answers", day)


@pytest.mark.parametrize("asked", [0.6, 0.95])
def test_agents_would_post_the_share_of_what_their_personas_permit_that_is_asked(asked: float) -> None:
    world = World(11, SMALL, acceptance=asked)
    chance = chance_to_accept(world, TODAY)
    assert asked - 0.08 < chance[world.allowed].mean() <= asked + 0.01


def test_she_likes_less_what_is_dearer_or_cheaper_than_she_is_used_to(world: World) -> None:
    price = np.log(world.catalogue.price_cents(TODAY) / 100.0)
    far = np.abs(price - world.tempers.price_centre[:, None]) > world.tempers.price_reach[:, None]
    against = grounds(world, TODAY)["price"] < 0
    assert (against == far).all()
    assert 0.2 < far[world.allowed].mean() < 0.8  # narrower than what her persona permits


def test_her_taste_is_only_partly_in_her_persona(world: World) -> None:
    agents = world.people.agents
    shown = np.zeros(world.tempers.style.shape, dtype=bool)
    shown[np.arange(len(agents))[:, None], agents.style] = True
    assert world.tempers.style[shown].mean() > 0.6
    assert abs(world.tempers.style[~shown].mean()) < 0.2
    assert world.tempers.style[~shown].max() > np.median(world.tempers.style[shown])


def test_what_she_posted_yesterday_is_less_welcome_than_what_she_posted_a_week_ago(world: World) -> None:
    posts = np.full((24, 1), -1)
    posts[3, 0] = 5
    before = chance_to_accept(world, TODAY)
    remember_posts(world, TODAY - 1, np.full((24, 1), -1), posts)
    tomorrow, later = chance_to_accept(world, TODAY), chance_to_accept(world, TODAY + 6)
    assert tomorrow[3, 5] < later[3, 5] < before[3, 5]
    assert (np.delete(tomorrow, 3, axis=0) == np.delete(before, 3, axis=0)).all()


def test_what_sold_out_on_her_is_remembered_for_a_week(world: World) -> None:
    posts = np.full((24, 2), -1)
    posts[3] = [5, 6]
    world.state.stock[5] = 0
    remember_posts(world, TODAY - 1, posts, posts)
    against = [grounds(world, day)["sold_out_before"] for day in (TODAY, TODAY + 7)]
    assert np.argwhere(against[0] < 0).tolist() == [[3, 5]]
    assert not against[1].any()


def test_good_judges_doubt_landmines_more_often_than_others_and_good_skus_less(world: World) -> None:
    doubts, judge, bad = grounds(world, TODAY)["doubt_quality"] < 0, world.tempers.is_judge, is_landmine(world, TODAY)
    assert 0 < judge.sum() < 24
    assert bad.any()
    assert doubts[judge][:, bad].mean() > 2 * doubts[~judge][:, bad].mean()
    assert doubts[judge][:, ~bad].mean() < doubts[~judge][:, ~bad].mean() < 0.1


def test_an_agent_doubts_what_her_groups_complained_of() -> None:
    world = World(11, SMALL, is_lively=True, acceptance=0.7)
    before = grounds(world, TODAY)["doubt_quality"]
    world.state.complaints[0, :] = 5.0
    agent, after = int(world.people.group_agent[0]), grounds(world, TODAY)["doubt_quality"]
    assert (after[agent] < 0).mean() > (before[agent] < 0).mean() + 0.4
    assert (np.delete(after, agent, axis=0) == np.delete(before, agent, axis=0)).all()


def disappointing(world: World, agent: list[int], sku: list[int], day: np.datetime64) -> Columns:
    at = np.full(len(sku), day.astype("datetime64[s]"))
    rows = {"agent": np.array(agent), "sku": np.array(sku), "is_regretted": np.ones(len(sku), bool)}
    return rows | {"ordered_at": at, "felt_at": at}


def test_trust_falls_for_each_landmine_that_was_given_and_recovers_slowly(world: World) -> None:
    bad, fine = (int(np.flatnonzero(is_landmine(world, TODAY) == is_bad)[0]) for is_bad in (True, False))
    given = np.full((24, 2), -1)
    given[[1, 2]] = [bad, fine]
    remember_posts(world, TODAY, given, given)
    # Agent 1 hears of it twice in a day, agent 2 of a fine SKU, agent 3 of a landmine that she chose herself.
    schedule_disappointment(world, disappointing(world, [1, 1, 2, 3], [bad, bad, fine, bad], TODAY))
    update_agent_trust(world, TODAY)
    trust = world.state.memory.trust.copy()
    assert trust[1] == pytest.approx(TRUST_KEPT)
    assert (np.delete(trust, 1) == 1.0).all()
    update_agent_trust(world, TODAY + 1)
    assert trust[1] < world.state.memory.trust[1] < 1.0


def test_lost_trust_lowers_what_she_accepts(world: World) -> None:
    before = chance_to_accept(world, TODAY)
    world.state.memory.trust[4] = 0.5
    after = chance_to_accept(world, TODAY)
    assert (after[4] < before[4]).all()
    assert (np.delete(after, 4, axis=0) == np.delete(before, 4, axis=0)).all()


def test_no_answer_depends_on_what_else_is_given_or_to_whom(world: World) -> None:
    other = copy.deepcopy(world)
    given = first_skus(world)
    posts = choose_posts(world, TODAY, given, NOBODY)
    alone = np.full_like(given, -1)
    alone[7, 0] = given[7, 3]
    single = choose_posts(other, TODAY, alone, NOBODY)
    assert (given[7, 3] in posts[7]) == (given[7, 3] in single[7])
    assert (np.delete(single, 7, axis=0) == -1).all()


def test_she_answers_alike_until_her_grounds_change_and_the_truth_knows_it(world: World) -> None:
    given = first_skus(world, 10)
    posts = choose_posts(world, TODAY, given, NOBODY)
    assert (choose_posts(world, TODAY, given, NOBODY) == posts).all()
    known, agent = known_chance(world, TODAY), np.arange(24)[:, None]
    took = (given[:, :, None] == posts[:, None, :]).any(axis=2)
    assert known[agent, given][took] == pytest.approx(1.0, abs=1e-3)
    assert known[agent, given][~took] == pytest.approx(0.0, abs=1e-3)
    assert np.isclose(known[:, 10:], chance_to_accept(world, TODAY)[:, 10:], atol=1e-5).all()
    world.state.memory.trust[:] = 0.3
    later, wants = known_chance(world, TODAY), says_yes(world, chance_to_accept(world, TODAY))[agent, given]
    assert (took & ~wants).mean() > 0.02
    assert later[agent, given][took].mean() == pytest.approx(wants[took].mean(), abs=0.12)


def test_she_posts_what_she_takes_and_swaps_what_she_declines_for_the_first_alternates_that_suit(world: World) -> None:
    wants = says_yes(world, chance_to_accept(world, TODAY))
    given, alternates = first_skus(world, 4), np.tile(np.arange(10, 16), (24, 1))
    posts = choose_posts(world, TODAY, given, alternates)
    for agent in range(24):
        taken = [sku for sku in range(4) if wants[agent, sku]]
        swapped = [sku for sku in range(10, 16) if wants[agent, sku]][: 4 - len(taken)]
        assert sorted(posts[agent][posts[agent] >= 0]) == taken + swapped


def test_answers_come_in_time_or_a_day_late_and_some_agents_never_answer(world: World) -> None:
    days = [TODAY + offset for offset in range(20)]
    for day in days:
        choose_posts(world, day, first_skus(world), NOBODY)
    late, silent = 0, world.tempers.never_answers
    for day in [*days, days[-1] + 1]:
        rows = said_on(world, day)
        told, is_pick = rows["updated_at"].astype("datetime64[D]"), rows["answer"] == 2
        assert (told == day).all()
        assert not silent[rows["agent"]].any()
        assert (rows["list_date"][is_pick] == day + 1).all()
        assert (day - rows["list_date"][~is_pick]).astype(int).max(initial=0) <= 1
        late += int((rows["list_date"] < day).sum())
    assert 0 < silent.sum() < 24
    assert 0.03 < late / (20 * 6 * (~silent).sum()) < 0.2


def test_declines_give_what_spoke_most_against_the_sku_or_say_something_else(world: World) -> None:
    why = grounds(world, TODAY)
    choose_posts(world, TODAY, first_skus(world, 10), NOBODY)
    rows = said_on(world, TODAY)
    no = rows["answer"] == 1
    assert (rows["reason"][~no] == -1).all()
    agent, sku, reason = rows["agent"][no], rows["sku"][no], rows["reason"][no]
    against = np.stack([why[name][agent, sku] for name in REASONS[:-1]], axis=1)
    is_told = (reason >= 0) & (reason < len(REASONS) - 1)
    assert (against.argmin(axis=1)[is_told] == reason[is_told]).all()
    assert 0.4 < is_told.mean() < 1.0


def test_what_she_proposes_is_not_in_her_matches_and_is_taken_when_it_comes(world: World) -> None:
    given = first_skus(world)
    for offset in range(20):
        choose_posts(world, TODAY + offset, given, NOBODY)
    picked = np.argwhere(world.state.memory.picked_for > 0)
    assert len(picked) > 10
    assert not np.isin(picked[:, 1], given).any()
    day = TODAY + 20
    due = np.argwhere(world.state.memory.picked_for == day.astype(int))
    without = replace(world.state.memory, picked_for=np.full_like(world.state.memory.picked_for, -1))
    keen = chance_to_accept(world, day)
    world.state.memory = without
    agent, sku = due.T
    assert len(due)
    assert (keen[agent, sku] > chance_to_accept(world, day)[agent, sku]).all()


def test_agents_propose_good_and_bad_skus_of_the_catalogue(world: World) -> None:
    for offset in range(30):
        choose_posts(world, TODAY + offset, first_skus(world, 2), NOBODY)
    sku = np.argwhere(world.state.memory.picked_for > 0)[:, 1]
    assert 0 < is_landmine(world, TODAY)[sku].mean() < 1
    assert (world.announced_on()[sku] <= TODAY + 30).all()


def test_answers_are_written_as_the_contract_of_the_source_says(world: World) -> None:
    choose_posts(world, TODAY, first_skus(world, 10), NOBODY)
    rows, contract = answer_rows(said_on(world, TODAY)), load_contract("match_answers")
    assert rows.column_names == [column.name for column in contract.columns]
    assert set(rows["answer"].to_pylist()) == set(ANSWERS) == set(contract.column("answer").allowed)
    assert set(REASONS) == set(contract.column("reason_code").allowed)
    for row in rows.to_pylist():
        assert row["reason_code"] is None or row["answer"] == "declined"
        assert row["comment"] is None or row["answer"] == "declined"
    assert any(row["comment"] for row in rows.to_pylist())


def test_the_truth_of_what_was_taken_is_kept(world: World) -> None:
    given = first_skus(world, 10)
    posts = choose_posts(world, TODAY, given, NOBODY)
    kept = world.state.memory.choices[-1]
    assert len(kept["sku"]) == given.size
    assert kept["is_accepted"].sum() == (posts >= 0).sum()
    assert kept["chance"].mean() == pytest.approx(kept["is_accepted"].mean(), abs=0.1)


def lived(world: World, nights: int) -> World:
    for offset in range(nights):
        day: date = LAST_HISTORY_DAY + timedelta(days=1 + offset)
        live_day(world, day, BASELINES["random"](world, day, 60))
    return world


def test_days_of_choosing_agents_follow_from_the_seed(world: World) -> None:
    one, two = (lived(copy.deepcopy(world), 3) for _ in range(2))
    assert (one.state.posts == two.state.posts).all()
    assert one.state.offers == two.state.offers
    assert all(0.3 < offer.taken / offer.given < 0.9 for offer in one.state.offers)


def test_agents_of_a_plain_world_say_nothing_and_remember_nothing() -> None:
    world = lived(World(11, SMALL), 2)
    assert not world.state.memory.posted_on.size
    assert not said_on(world, np.datetime64("2026-11-24"))
    assert not said_on(world, np.datetime64("2026-11-23"))
