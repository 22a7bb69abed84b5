"""Does the promise hold every night? One night in each of many worlds, its list against the worlds' true landmines.

Run: python -m benchmarks.bench_promise [--seeds 601 700] [--young] [--jobs 2] [--draws 20]

The worlds are those of bench_scoring_demo (`--young`: 15 days of history). A night's promise is kept where the true
share of landmines on its list is at most `landmine_promise`; one that says it cannot promise is counted apart. Beside
it the list of the same night that holds the promise on average (`promise_confidence` of .5), what both are truly worth,
and what customers buy on the next day, drawn several times, of what agents are matched with from either list: the
price of the promise is the share of net good purchases (satisfied less regretted) that is lost.
"""

from __future__ import annotations

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.bench_scoring_demo import SCALE, STEPS, YOUNG
from benchmarks.next_day import NextDay, matches_of, next_days, tomorrow
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.demo.run import morning_after
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, Scale
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.nightly import run_step
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

ON_AVERAGE = Settings.model_validate({"scoring": {"promise_confidence": 0.5}})
LISTED = """
select
    s.regret_rate, s.landmine_probability, t.regret_rate as true_regret, t.is_landmine, c.promise_bound, c.can_promise,
    s.demand_per_post * ((1 - t.return_rate) * t.happy_if_kept - $regret_cost * t.regret_rate) as true_value
from night.sku_list as l
inner join night.sku_scores as s using (sku_id)
inner join read_parquet($truth) as t using (sku_id)
cross join night.assortment_certificate as c
order by s.sku_id
"""


def one_world(seed: int, scale: Scale, draws: int) -> dict[str, float]:
    """Return what is stated and what is true of the list of one world's night, and of the list held on average."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(seed, scale)
        write_history(world, Path(folder) / "sources")
        requests = [_request(Path(folder), settings) for settings in (Settings(), ON_AVERAGE)]
        for step in (*STEPS, "experiment"):
            run_step(step, requests[0])
        promised, sold = _listed(requests[0], Path(folder)), _sold(requests[0], world, draws)
        run_step("select", requests[1])
        average, sold_on_average = _listed(requests[1], Path(folder)), _sold(requests[1], world, draws)
    return {
        "seed": seed,
        "can promise": float(promised["can_promise"].all()),
        "listed": len(promised),
        "stated": promised["landmine_probability"].mean(),
        "bound": promised["promise_bound"].max(),
        "true": promised["is_landmine"].mean(),
        "regret": promised["regret_rate"].mean(),
        "true regret": promised["true_regret"].mean(),
        "value": promised["true_value"].sum(),
        "net good": sold.net_good / draws,
        "regretted": sold.regretted / sold.bought,
        "on average: listed": len(average),
        "on average: true": average["is_landmine"].mean(),
        "on average: value": average["true_value"].sum(),
        "on average: net good": sold_on_average.net_good / draws,
        "on average: regretted": sold_on_average.regretted / sold_on_average.bought,
    }


def _sold(request: RunRequest, world: World, draws: int) -> NextDay:
    """What comes of the matches with the list that the night of `request` holds."""
    run_step("match", request)
    return next_days(world, tomorrow(request), matches_of(request), draws)


def _request(folder: Path, settings: Settings) -> RunRequest:
    return RunRequest(
        LAST_HISTORY_DAY, Home(folder / "home"), folder / "sources", settings, morning_after(LAST_HISTORY_DAY)
    )


def _listed(request: RunRequest, folder: Path) -> pd.DataFrame:
    with open_night(request) as night:
        found: pd.DataFrame = night.engine.query(
            LISTED,
            truth=(folder / "truth" / "sku_truth.parquet").as_posix(),
            regret_cost=request.settings.scoring.regret_cost,
        ).to_pandas()
    return found


def report(worlds: pd.DataFrame, promise: float) -> str:
    """Return the lines printed below the table of worlds."""
    promised = worlds[worlds["can promise"] > 0.0]
    kept = int((promised["true"] <= promise + 1e-9).sum())
    averaged = int((worlds["on average: true"] <= promise + 1e-9).sum())
    gain = worlds["value"].sum() / worlds["on average: value"].sum()
    within = int((worlds["true"] <= promise + 1e-9).sum())
    net, error = _ratio(worlds["net good"], worlds["on average: net good"])
    return "\n".join(
        [
            f"promised in {len(promised)} of {len(worlds)} worlds, kept in {kept} of these; "
            f"{within} of all lists are within it, {averaged} of those held on average",
            f"landmines of promised lists: stated {promised['stated'].mean():.4f}, true {promised['true'].mean():.4f}",
            f"regret of the listed, all worlds: stated {worlds['regret'].mean():.4f}, "
            f"true {worlds['true regret'].mean():.4f}",
            f"true value of the lists against those held on average: {gain:.4f}",
            f"net good of the next day against that of lists held on average: {net:.4f} (standard error {error:.4f}); "
            f"regret rate {worlds['regretted'].mean():.4f}, on average {worlds['on average: regretted'].mean():.4f}",
        ]
    )


def _ratio(ours: pd.Series, others: pd.Series) -> tuple[float, float]:
    """The ratio of two sums over worlds, and its standard error by the delta method."""
    ratio = float(ours.sum() / others.sum())
    missed = ours - ratio * others
    return ratio, float(np.sqrt((missed**2).sum()) / others.sum())


def main() -> None:
    """Print a row a world, and how often the promise was made and kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs=2, default=[601, 700], help="first and last world")
    parser.add_argument("--young", action="store_true", help="platforms of 15 days instead of 60")
    parser.add_argument("--draws", type=int, default=20, help="times that the next day is drawn")
    parser.add_argument("--jobs", type=int, default=2, help="worlds at a time")
    asked = parser.parse_args()
    seeds = np.arange(asked.seeds[0], asked.seeds[1] + 1).tolist()
    measure = partial(one_world, scale=YOUNG if asked.young else SCALE, draws=asked.draws)
    with ProcessPoolExecutor(asked.jobs) as pool:
        worlds = pd.DataFrame(pool.map(measure, seeds))
    print(worlds.round(4).to_string(index=False))
    print(report(worlds, Settings().scoring.landmine_promise))


if __name__ == "__main__":
    main()
