"""Runs `xuanpin simulate`: the same weeks of the same world under our policy and under simpler ones."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from xuanpin.models.evaluation.off_policy import Interval, mean_interval
from xuanpin.pipelines.demo.baselines import BASELINES, perfect_matches
from xuanpin.pipelines.demo.behaviour import Matches
from xuanpin.pipelines.demo.our_nights import LEARNS, OUR_POLICIES, live_with_nights
from xuanpin.pipelines.demo.run import OnStage
from xuanpin.pipelines.demo.scale import DEMO, LAST_HISTORY_DAY, SIM, TINY, Scale
from xuanpin.pipelines.demo.simulate import live_day, outcome, write_history
from xuanpin.pipelines.demo.voices import Voices
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import as_is, joined, phrase

OURS, REFERENCE = LEARNS, "perfect_items"
POLICIES: dict[str, Callable[[World, date, int], Matches]] = {**BASELINES, REFERENCE: perfect_matches}
SCALES: dict[str, Scale] = {"tiny": TINY, "demo": DEMO, "sim": SIM}


@dataclass(frozen=True)
class Plan:
    """Describe a simulation: a world for each of `seeds`, `nights` after its history of size `scale`, by `settings`.

    `is_lively`, `voices` and `acceptance` are those of World; `ours`: which of OUR_POLICIES decide.
    """

    seeds: tuple[int, ...]
    nights: int
    scale: Scale
    settings: Settings
    is_lively: bool = False
    voices: Voices | None = None
    acceptance: float | None = None
    ours: tuple[str, ...] = (OURS,)

    @property
    def days(self) -> list[date]:
        """The list dates that the policies decide."""
        return [LAST_HISTORY_DAY + timedelta(days=1 + offset) for offset in range(self.nights)]


@dataclass(frozen=True)
class Tally:
    """Count what came of one policy in the world of one `seed`.

    `visits` of customers, `purchases` (order lines), and how many of them were `satisfied` or `regretted`; `given` are
    the matches that could be sold, `taken` those of them that agents posted.
    """

    policy: str
    seed: int
    visits: int
    purchases: int
    satisfied: int
    regretted: int
    given: int = 0
    taken: int = 0

    @property
    def acceptance(self) -> float:
        """Return the share of matches that agents posted."""
        return self.taken / max(self.given, 1)

    @property
    def net_good(self) -> int:
        """Return satisfied less regretted purchases."""
        return self.satisfied - self.regretted

    @property
    def satisfied_per_visit(self) -> float:
        """Return satisfied purchases a visit."""
        return self.satisfied / max(self.visits, 1)

    @property
    def regret_rate(self) -> float:
        """Return the share of purchases that were regretted."""
        return self.regretted / max(self.purchases, 1)


MEASURES = (
    "visits", "purchases", "satisfied", "regretted", "net_good", "satisfied_per_visit", "regret_rate", "acceptance",
)  # fmt: skip
COMPARED = ("net_good", "satisfied_per_visit", "regret_rate")


def scale_named(name: str) -> Scale:
    """Return the one of SCALES with this `name`; raise UsageError, which lists them, for another name."""
    if name not in SCALES:
        raise UsageError(
            phrase("--scale {name!r} is not known; the scales are {scales}", name=name, scales=joined(SCALES))
        )
    return SCALES[name]


def simulate(plan: Plan, folder: Path, on_stage: OnStage) -> list[Tally]:
    """Let every policy decide the plan's days in its own copy of each seed's world; homes are made under `folder`."""
    tallies = []
    for seed in plan.seeds:
        root = folder / f"seed={seed}"
        on_stage(phrase("seed {seed}: history", seed=seed), 0, plan.nights)
        world = World(seed, plan.scale, plan.is_lively, plan.voices, plan.acceptance)
        write_history(world, root / "sources")
        for policy, choose in POLICIES.items():
            on_stage(as_is(f"seed {seed}: {policy}"), 0, plan.nights)
            tallies.append(_live_with(policy, choose, copy.deepcopy(world), plan))
        # The others take a copy of the sources before our own days are added.
        for policy in sorted(plan.ours, key=OURS.__eq__):
            tallies.append(live_with_ours(policy, copy.deepcopy(world), root, plan, on_stage))
    return tallies


def _live_with(policy: str, choose: Callable[[World, date, int], Matches], world: World, plan: Plan) -> Tally:
    for day in plan.days:
        live_day(world, day, choose(world, day, plan.settings.assortment.list_size))
    return _tally(policy, world, plan)


def live_with_ours(policy: str, world: World, root: Path, plan: Plan, on_stage: OnStage) -> Tally:
    """Let a `policy` of ours decide the days of `plan`; the sources of `world` stand in `root`, as does its home."""

    def on_day(day: date, done: int) -> None:
        on_stage(
            phrase("seed {seed}: {policy}, night for {day}", seed=world.seed, policy=policy, day=day), done, plan.nights
        )

    live_with_nights(policy, world, root, plan.days, plan.settings, on_day)
    return _tally(policy, world, plan)


def _tally(policy: str, world: World, plan: Plan) -> Tally:
    agents = outcome(world, plan.days[0], plan.days[-1])
    sums = {name: sum(getattr(agent, name) for agent in agents) for name in MEASURES[:4]}
    offers = [offer for offer in world.state.offers if offer.day >= np.datetime64(plan.days[0])]
    given, taken = sum(offer.given for offer in offers), sum(offer.taken for offer in offers)
    return Tally(policy, world.seed, **sums, given=given, taken=taken)


def advantage(tallies: Sequence[Tally], policy: str, measure: str) -> Interval:
    """Return the mean over seeds of our `measure` in `tallies` minus the policy's, with its 95 % interval."""
    value = {(tally.policy, tally.seed): float(getattr(tally, measure)) for tally in tallies}
    seeds = sorted({tally.seed for tally in tallies})
    return mean_interval(np.array([value[OURS, seed] - value[policy, seed] for seed in seeds]))


def comparison(tallies: Sequence[Tally]) -> dict[str, Any]:
    """Return all `tallies`, the mean of each policy and our advantage over it, ready for JSON."""
    lived = {tally.policy for tally in tallies}
    policies = [policy for policy in (OURS, *OUR_POLICIES[1:], *POLICIES) if policy in lived]
    means = {
        policy: {name: float(np.mean([getattr(t, name) for t in tallies if t.policy == policy])) for name in MEASURES}
        for policy in policies
    }
    ahead = {policy: {name: vars(advantage(tallies, policy, name)) for name in COMPARED} for policy in policies[1:]}
    rows = [{"policy": t.policy, "seed": t.seed} | {name: getattr(t, name) for name in MEASURES} for t in tallies]
    return {"means": means, "xuanpin_minus": ahead, "tallies": rows}


def comparison_text(facts: dict[str, Any]) -> str:
    """Show `facts` of comparison as two tables: each policy's averages, and how far ahead of it we are."""
    head = f"{'policy':<17}{'visits':>9}{'bought':>9}{'satisfied':>10}{'regretted':>10}{'net good':>9}"
    lines = [head + f"{'satisfied/visit':>16}{'regret rate':>12}{'posted':>8}"]
    for policy, mean in facts["means"].items():
        counts = "".join(
            f"{mean[name]:>{width}.0f}" for name, width in zip(MEASURES[:5], (9, 9, 10, 10, 9), strict=True)
        )
        lines.append(
            f"{policy:<17}{counts}{mean['satisfied_per_visit']:>16.4f}{mean['regret_rate']:>12.4f}{mean['acceptance']:>8.3f}"
        )
    lines += ["", f"{'xuanpin minus':<17}{'net good':>28}{'satisfied/visit':>28}{'regret rate':>28}"]
    for policy, ahead in facts["xuanpin_minus"].items():
        cells = "".join(f"{_interval_text(ahead[name], 0 if name == 'net_good' else 4):>28}" for name in COMPARED)
        lines.append(f"{policy:<17}{cells}")
    return "\n".join(lines)


def _interval_text(interval: dict[str, float | None], places: int) -> str:
    if interval["lower"] is None:
        return f"{interval['mean']:+.{places}f} (one seed)"
    return f"{interval['mean']:+.{places}f} [{interval['lower']:+.{places}f}, {interval['upper']:+.{places}f}]"
