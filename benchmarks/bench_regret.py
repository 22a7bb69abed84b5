"""How few regrets can be had, and at what price? One more night under other settings, from the same history.

Xuanpin lives some nights in a demo world; then the next night is run again with each cost of a regret and each length
of the list, and its matches are posted on the next day, drawn several times with the same visits. What nobody can know
is measured too: a night that is told the true regret rates. Regret rates are those of the true chances.

    python -m benchmarks.bench_regret --seeds 1 --nights 6 --costs 2.25 4 6 --sizes 120 240 [--agent-regrets]
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.bench_scoring_demo import STEPS
from benchmarks.next_day import matches_of, next_days, tomorrow
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.demo.closed_loop import scale_named
from xuanpin.pipelines.demo.our_nights import LEARNS, live_with_nights
from xuanpin.pipelines.demo.run import morning_after
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, Scale
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.truth import sku_truth
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.nightly import run_step
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

FIRST = (*STEPS[: STEPS.index("changes")], "experiment")
DECIDING = ("affinity", "select", "match")
WITH_TRUTH = """
select s.* replace (
    t.regret_rate as regret_rate,
    (1 - s.return_rate) * s.happy_if_kept - $cost * t.regret_rate as unit_value,
    s.demand_per_post * ((1 - s.return_rate) * s.happy_if_kept - $cost * t.regret_rate) as score
)
from night.sku_scores as s
inner join truth as t using (sku_id)
order by s.sku_id
"""


def main() -> None:
    """Print what each setting brings on the day after, in each world."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--nights", type=int, default=6, help="nights lived before")
    parser.add_argument("--scale", default="sim")
    parser.add_argument("--costs", type=float, nargs="+", default=[2.25, 4.0, 6.0], help="regret_cost")
    parser.add_argument("--sizes", type=int, nargs="+", default=[120, 240], help="list_size")
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--agent-regrets", action="store_true", help="count what agents themselves add to regrets")
    asked = parser.parse_args()
    print(f"{'world':>5}{'list':>6}{'cost':>6}{'told':>6}{'bought':>8}{'net good':>10}{'regret rate':>13}  by cause")
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory() as folder:
            world, request = _lived(seed, asked.nights, scale_named(asked.scale), Path(folder))
            for size, cost, told in itertools.product(asked.sizes, asked.costs, (False, True)):
                _print(world, _settled(request, size, cost, own=asked.agent_regrets), told=told, draws=asked.draws)


def _lived(seed: int, nights: int, scale: Scale, folder: Path) -> tuple[World, RunRequest]:
    """A world after some nights of ours, and the request of the next night, whose scores are ready."""
    world = World(seed, scale)
    write_history(world, folder / "sources")
    days = [LAST_HISTORY_DAY + timedelta(days=1 + night) for night in range(nights)]
    live_with_nights(LEARNS, world, folder, days, Settings(), lambda day, done: None)
    as_of = LAST_HISTORY_DAY + timedelta(days=nights)
    request = RunRequest(as_of, Home(folder / "home"), folder / "sources", Settings(), morning_after(as_of))
    for step in FIRST:
        run_step(step, request)
    return world, request


def _settled(request: RunRequest, size: int, cost: float, *, own: bool) -> RunRequest:
    settings = {
        "scoring": {"regret_cost": cost},
        "assortment": {"list_size": size},
        "matching": {"agent_regrets": own},
    }
    return replace(request, settings=Settings.model_validate(settings))


def _print(world: World, request: RunRequest, *, told: bool, draws: int) -> None:
    """Decide one night and print a row of what comes of it; `told`: it knows the true regret rates."""
    run_step("changes", request)
    if told:
        _tell(world, request)
    for step in DECIDING:
        run_step(step, request)
    day = next_days(world, tomorrow(request), matches_of(request), draws)
    cost, size = request.settings.scoring.regret_cost, request.settings.assortment.list_size
    causes = " ".join(f"{cause} {amount / day.bought:.4f}" for cause, amount in day.causes.items())
    print(
        f"{world.seed:>5}{size:>6}{cost:>6g}{'yes' if told else 'no':>6}{day.bought / draws:>8.0f}"
        f"{day.net_good / draws:>10.0f}{day.expected / day.bought:>13.4f}  {causes}",
        flush=True,
    )


def _tell(world: World, request: RunRequest) -> None:
    """Put the true regret rates of tonight in the place of the estimated ones."""
    truth = sku_truth(world, np.datetime64(request.as_of_date)).select(["sku_id", "regret_rate"])
    with open_night(request) as night:
        night.engine.store("temp.true_rates", truth)
        rows: pa.Table = night.engine.query(
            WITH_TRUTH.replace("truth", "temp.true_rates"), cost=request.settings.scoring.regret_cost
        )
        night.engine.store("night.sku_scores", rows)


if __name__ == "__main__":
    main()
