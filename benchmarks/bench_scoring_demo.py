"""Are the scores true on demo platforms? Nights from drops to list, compared with the worlds' true values.

Run: python -m benchmarks.bench_scoring_demo [--seeds 101 102 …] [--young]

Each world has 60 agents, 400 SKUs and 20 k order lines in 60 days, bad SKUs and suppliers, a bad carrier, serial
returners, and batches that turn bad up to the last day and after: the truth is that of units shipped on the last day,
so what no line can have shown yet counts as a miss. `heard` takes the chat's true complaints instead of those that were
read, to measure what errors of reading cost.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from xuanpin.models.evaluation.reliability import reliability
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.demo.run import morning_after
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, Scale
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.nightly import run_step
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

SCALE = Scale(agents=60, skus=400, days=60, order_lines=20_000)
YOUNG = Scale(agents=40, skus=200, days=15, order_lines=3_000)
SCORING = ("outcomes", "faults", "rates", "changes", "calibrate")
STEPS = ("ingest", "load_history", "stage", "feedback", *SCORING, "affinity", "select")
TRUE_COMPLAINTS = """
create or replace table night.int_complaints as
select order_line_id, sku_id, cast(said_at as date) as complained_on, cast(1 as double) as trust_weight
from read_parquet($truth) where is_regretted and said_at < cast($as_of_date as timestamp) + interval 1 day
"""


def one_night(seed: int, scale: Scale, folder: Path) -> dict[str, pd.DataFrame]:
    """Simulate one world, run its last night, and score it again with the true complaints; one row a candidate each."""
    write_history(World(seed, scale), folder / "sources")
    now = morning_after(LAST_HISTORY_DAY)
    request = RunRequest(LAST_HISTORY_DAY, Home(folder / "home"), folder / "sources", Settings(), now)
    for step in STEPS:
        run_step(step, request)
    read = {"read": _against_truth(request, folder)}
    with open_night(request) as night:
        truth = (folder / "truth" / "line_truth.parquet").as_posix()
        night.engine.execute(TRUE_COMPLAINTS, truth=truth, as_of_date=LAST_HISTORY_DAY)
    for step in SCORING:
        run_step(step, request)
    return {**read, "heard": _against_truth(request, folder)}


def _against_truth(request: RunRequest, folder: Path) -> pd.DataFrame:
    with open_night(request) as night:
        found: pd.DataFrame = night.engine.query(
            "select s.*, t.is_landmine, t.regret_rate as true_regret, t.return_rate as true_return, "
            "t.happy_if_kept as true_happy, t.satisfaction as true_satisfaction, l.sku_id is not null as is_listed, "
            "c.landmine_share_lower, c.landmine_share_upper "
            "from night.sku_scores as s join read_parquet($truth) as t using (sku_id) "
            "cross join night.assortment_certificate as c "
            "left join night.sku_list as l using (sku_id) order by s.sku_id",
            truth=(folder / "truth" / "sku_truth.parquet").as_posix(),
        ).to_pandas()
    return found


def measures(found: pd.DataFrame) -> dict[str, float]:
    """What the benchmark prints of one night, or of the candidates of several nights together."""
    rate, chance = found["regret_rate"].to_numpy(), found["landmine_probability"].to_numpy()
    is_landmine = found["is_landmine"].to_numpy(np.float64)
    listed = found["is_listed"].to_numpy(bool)
    return {
        "regret covered": _inside(found, "regret"),
        "return covered": _inside(found, "return"),
        "return": found["return_rate"].mean(),
        "true return": found["true_return"].mean(),
        "regret": rate.mean(),
        "true regret": found["true_regret"].mean(),
        "regret on list": rate[listed].mean(),
        "true on list": found["true_regret"].to_numpy()[listed].mean(),
        "ECE regret": _error(rate, found["true_regret"].to_numpy()),
        "ECE landmine": _error(chance, is_landmine),
        "listed": listed.sum(),
        "promised on list": chance[listed].mean(),
        "landmines on list": is_landmine[listed].mean(),
        "lower": found["landmine_share_lower"].mean(),
        "upper": found["landmine_share_upper"].mean(),
        "within": _within(found, is_landmine[listed].mean()),
        "landmines": is_landmine.mean(),
        "happy": found["happy_if_kept"].mean(),
        "true happy": found["true_happy"].mean(),
        "satisfaction": found["satisfaction"].mean(),
        "true satisf.": found["true_satisfaction"].mean(),
        "satisf. covered": (found["true_satisfaction"] >= found["satisfaction_lower"]).mean(),
        "rank regret": found["regret_rate"].corr(found["true_regret"], method="spearman"),
        "rank happy": found["happy_if_kept"].corr(found["true_happy"], method="spearman"),
        "rank satisf.": found["satisfaction"].corr(found["true_satisfaction"], method="spearman"),
    }


def _within(found: pd.DataFrame, share: float) -> float:
    """Whether the share of landmines lies in its published interval; of several nights together, in the mean one."""
    lower, upper = found["landmine_share_lower"].mean(), found["landmine_share_upper"].mean()
    return float(lower - 1e-9 <= share <= upper + 1e-9)  # a share of 6 in 120 is inside an interval that ends there


def _inside(found: pd.DataFrame, metric: str) -> float:
    truth = found[f"true_{metric}"]
    return float(truth.between(found[f"{metric}_rate_lower"], found[f"{metric}_rate_upper"]).mean())


def _error(predicted: np.ndarray, truth: np.ndarray) -> float:
    return reliability(predicted, truth, np.ones(len(truth))).expected_error


def main() -> None:
    """Print the measures of each seed, their mean, and those of all candidates taken together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(101, 121)))
    parser.add_argument("--young", action="store_true", help="platforms of 15 days instead of 60")
    asked = parser.parse_args()
    nights: dict[str, dict[int, pd.DataFrame]] = {"read": {}, "heard": {}}
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory() as folder:
            for kind, found in one_night(seed, YOUNG if asked.young else SCALE, Path(folder)).items():
                nights[kind][seed] = found
    for kind, by_seed in nights.items():
        table = pd.DataFrame({str(seed): measures(found) for seed, found in by_seed.items()})
        table["mean"] = table.mean(axis=1)
        # The tenths of one night hold some 35 SKUs each: their gap to the truth is mostly chance, together it is not.
        table["together"] = pd.Series(measures(pd.concat(by_seed.values(), ignore_index=True)))
        print(f"complaints {kind}\n{table.round(3).to_string()}\n")


if __name__ == "__main__":
    main()
