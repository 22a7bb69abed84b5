"""What is gained by learning from what agents answer? Worlds whose agents choose, by three policies of ours.

Nights that take agents to post all that they are given, nights that learn from answers and posts, and nights that know
how likely each agent takes each SKU. The share of the gap closed is what learning gains of what knowing gains.

    python -m benchmarks.bench_refusing --seeds 1 2 3 4 5 --nights 21 --acceptance 0.65
"""

from __future__ import annotations

import argparse
import copy
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.demo.closed_loop import Plan, Tally, live_with_ours
from xuanpin.pipelines.demo.our_nights import IGNORES, KNOWS, LEARNS, OUR_POLICIES, place_of
from xuanpin.pipelines.demo.run import morning_after
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, Scale
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.world import World, concatenate
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.settings import Settings

SIZE = (60, 300, 40, 16_000)
"""Agents, SKUs, days of history and order lines of the smallest world in which the difference is seen."""
LIST_SIZE = 60
"""SKUs on the list, a fifth of the catalogue: 120 of 300 cannot keep the promise on most nights and are cut to 29 on
others, and the policies then differ by their lists."""
SHOWN = ("net_good", "expected", "acceptance", "regret_rate", "satisfied_per_visit")


@dataclass(frozen=True)
class Lived(Tally):
    """Add what the purchases were `expected` to bring, by true chances: satisfied less regretted, of those kept."""

    expected: float = 0.0


def main() -> None:
    """Live with each policy in each world, print the means and the share of the gap that learning closes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--nights", type=int, default=21)
    parser.add_argument("--acceptance", type=float, default=0.65)
    parser.add_argument("--size", type=int, nargs=4, default=SIZE, help="agents, SKUs, days, order lines")
    parser.add_argument("--list-size", type=int, default=LIST_SIZE, help="most SKUs on the list")
    parser.add_argument("--lively", action="store_true")
    parser.add_argument("--policies", nargs="+", choices=OUR_POLICIES, default=OUR_POLICIES)
    parser.add_argument("--kept", type=Path, help="file of results: what is in it is not measured again")
    asked = parser.parse_args()
    found = [tally for seed in asked.seeds for tally in _measure(asked, seed)]
    _print(found, asked.policies)


def _measure(asked: argparse.Namespace, seed: int) -> list[Lived]:
    """Return what each policy made of the world of a seed, as kept or by living with it."""
    known = {tally.policy: tally for tally in _kept(asked, seed)}
    missing = [policy for policy in asked.policies if policy not in known]
    if missing:
        with tempfile.TemporaryDirectory() as folder:
            for tally in _live(asked, seed, missing, Path(folder)):
                known[tally.policy] = tally
                _keep(asked, tally)
    return [known[policy] for policy in asked.policies]


def _live(asked: argparse.Namespace, seed: int, policies: list[str], folder: Path) -> Iterator[Lived]:
    settings = Settings.model_validate({"assortment": {"list_size": asked.list_size}})
    plan = Plan((seed,), asked.nights, Scale(*asked.size), settings, asked.lively, None, asked.acceptance)
    world = World(seed, plan.scale, plan.is_lively, None, plan.acceptance)
    begun = folder / "begun"
    write_history(world, begun / "sources")
    request = RunRequest(
        LAST_HISTORY_DAY, Home(begun / "home"), begun / "sources", plan.settings, morning_after(LAST_HISTORY_DAY)
    )
    run_night(request, steps=[step for step in STEPS if step.name == "ingest"])
    for policy in policies:
        root = folder / policy
        shutil.copytree(begun, place_of(policy, root))
        lived = copy.deepcopy(world)
        tally = live_with_ours(policy, lived, root, plan, lambda text, done, total: None)
        yield Lived(**asdict(tally), expected=_expected(lived, plan))
        shutil.rmtree(root)


def _expected(world: World, plan: Plan) -> float:
    lines = concatenate(world.state.lines)
    decided = ~lines["is_cancelled"] & (lines["ordered_at"] >= np.datetime64(plan.days[0]))
    regret, happy = lines["regret_chance"][decided], lines["happy_chance"][decided]
    return float(((1.0 - regret) * happy - regret).sum())


def _world(asked: argparse.Namespace) -> dict[str, object]:
    return {
        "nights": asked.nights, "asked": asked.acceptance, "size": list(asked.size), "list": asked.list_size,
        "lively": asked.lively,
    }  # fmt: skip


def _kept(asked: argparse.Namespace, seed: int) -> list[Lived]:
    if asked.kept is None or not asked.kept.exists():
        return []
    rows = [json.loads(line) for line in asked.kept.read_text().splitlines()]
    return [Lived(**row["tally"]) for row in rows if row["world"] == _world(asked) and row["tally"]["seed"] == seed]


def _keep(asked: argparse.Namespace, tally: Lived) -> None:
    if asked.kept is not None:
        with asked.kept.open("a") as handle:
            handle.write(json.dumps({"world": _world(asked), "tally": asdict(tally)}) + "\n")


def _print(tallies: list[Lived], policies: list[str]) -> None:
    mean = {
        policy: [float(np.mean([getattr(t, name) for t in tallies if t.policy == policy])) for name in SHOWN]
        for policy in policies
    }
    print(f"{'policy':<17}" + "".join(f"{name:>21}" for name in SHOWN))
    for policy, (net, expected, posted, regret, satisfied) in mean.items():
        print(f"{policy:<17}{net:>21.0f}{expected:>21.0f}{posted:>21.3f}{regret:>21.4f}{satisfied:>21.4f}")
    if not {IGNORES, LEARNS, KNOWS} <= set(policies):
        return
    for seed in sorted({tally.seed for tally in tallies}):
        print(f"seed {seed}: " + ", ".join(f"{t.policy} {t.net_good}" for t in tallies if t.seed == seed))
    gap = mean[KNOWS][0] - mean[IGNORES][0]
    print(f"share of the gap in net good that learning closes: {(mean[LEARNS][0] - mean[IGNORES][0]) / gap:.2f}")


if __name__ == "__main__":
    main()
