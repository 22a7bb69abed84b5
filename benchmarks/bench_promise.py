"""Does the promise hold every night? One night in each of many worlds, its list against the worlds' true landmines.

Run: python -m benchmarks.bench_promise [--seeds 601 700] [--young] [--jobs 2]

The worlds are those of bench_scoring_demo (`--young`: 15 days of history). A night's promise is kept where the true
share of landmines on its list is at most `landmine_promise`; one that says it cannot promise is counted apart. Beside
it the list of the same night that holds the promise on average (`promise_confidence` of .5), and what both are truly
worth.
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


def one_world(seed: int, scale: Scale) -> dict[str, float]:
    """Return what is stated and what is true of the list of one world's night, and of the list held on average."""
    with tempfile.TemporaryDirectory() as folder:
        write_history(World(seed, scale), Path(folder) / "sources")
        requests = [_request(Path(folder), settings) for settings in (Settings(), ON_AVERAGE)]
        for step in STEPS:
            run_step(step, requests[0])
        promised = _listed(requests[0], Path(folder))
        run_step("select", requests[1])
        average = _listed(requests[1], Path(folder))
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
        "on average: listed": len(average),
        "on average: true": average["is_landmine"].mean(),
        "on average: value": average["true_value"].sum(),
    }


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
    return "\n".join(
        [
            f"promised in {len(promised)} of {len(worlds)} worlds, kept in {kept} of these; "
            f"held on average, {averaged} of {len(worlds)} are within it",
            f"landmines of promised lists: stated {promised['stated'].mean():.4f}, true {promised['true'].mean():.4f}",
            f"regret of the listed, all worlds: stated {worlds['regret'].mean():.4f}, "
            f"true {worlds['true regret'].mean():.4f}",
            f"true value of the lists against those held on average: {gain:.4f}",
        ]
    )


def main() -> None:
    """Print a row a world, and how often the promise was made and kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs=2, default=[601, 700], help="first and last world")
    parser.add_argument("--young", action="store_true", help="platforms of 15 days instead of 60")
    parser.add_argument("--jobs", type=int, default=2, help="worlds at a time")
    asked = parser.parse_args()
    seeds = np.arange(asked.seeds[0], asked.seeds[1] + 1).tolist()
    with ProcessPoolExecutor(asked.jobs) as pool:
        rows = list(pool.map(partial(one_world, scale=YOUNG if asked.young else SCALE), seeds))
    worlds = pd.DataFrame(rows)
    print(worlds.round(4).to_string(index=False))
    print(report(worlds, Settings().scoring.landmine_promise))


if __name__ == "__main__":
    main()
