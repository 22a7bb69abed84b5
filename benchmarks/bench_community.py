"""What shelf life and cut-off bring in community buying: true spoilage of what is given out, with and without them.

Run: python -m benchmarks.bench_community [--seeds 1 2 3 4 5] [--agents 60]

Each world (tests/support/community.py) has leaders at pick-up points that wait half a day to two and a half. Three
SKUs in four keep for one to seven days; leaders have sold them mostly where they keep. One night reads their shelf
lives, one does not; both know every return. Told are, of the perishable matches, the share that truly spoils (weighted
by expected kept units) and the share that does not keep; of the model, its predictions by fifths against the truth, and
how often the truth lies below the upper bound.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.support.community import LAST_DAY, SPREAD, Community
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.settings import Settings

MARGIN_HOURS = 12.0
"""Hours that goods must keep beyond arrival, as the settings ask by default."""
UPPER = float(np.exp(1.645 * SPREAD))
"""The 95 % quantile of a point's waiting, as a multiple of its usual."""
SETTINGS = Settings.model_validate({"assortment": {"list_size": 60, "max_change_share": 1.0}})


def main() -> None:
    """Print a line a world and their means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--agents", type=int, default=60)
    asked = parser.parse_args()
    worlds = [
        Community(seed, asked.agents, points=12, skus=96, days=45, daily_lines=500, fresh_of_four=3, careful=0.9)
        for seed in asked.seeds
    ]
    measured = pd.DataFrame([_measured(world) for world in worlds], index=[f"seed {seed}" for seed in asked.seeds])
    print(measured.round(4).T.to_string())
    print(measured.mean().round(4).to_string())


def _measured(world: Community) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        known = _night(world, Path(folder) / "known", says_shelf_life=True)
        unknown = _night(world, Path(folder) / "unknown", says_shelf_life=False)
        found = {f"{name}, without": value for name, value in _given(world, unknown).items()}
        found |= {f"{name}, with": value for name, value in _given(world, known).items()}
        return found | _calibration(world, known)


def _night(world: Community, folder: Path, *, says_shelf_life: bool) -> Home:
    home, sources = Home(folder / "home"), world.write(folder / "sources", says_shelf_life=says_shelf_life)
    run_night(RunRequest(LAST_DAY, home, sources, SETTINGS, datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)))
    return home


def _given(world: Community, home: Home) -> dict[str, float]:
    """What the matches of a night truly are."""
    rows = run_store.read_table(home, run_store.require_run(home), "agent_matches").to_pandas()
    agent, sku = (rows[name].str[1:].astype(int).to_numpy() for name in ("agent_id", "sku_id"))
    fresh = world.shelf_days[sku] > 0
    units = rows["expected_kept_units"].to_numpy()
    spoiled = world.mean_spoilage(agent[fresh], sku[fresh])
    needed = UPPER * world.usual_hours[world.point_of[agent[fresh]]] + MARGIN_HOURS
    return {
        "perishable matches": float(fresh.sum()),
        "kept units": float(units.sum()),
        "spoiled": float(spoiled @ units[fresh] / units[fresh].sum()),
        "do not keep": float(np.mean(24.0 * world.shelf_days[sku[fresh]] < needed)),
        "units reserved": float(rows["units_reserved"].to_numpy()[fresh].sum()),
    }


def _calibration(world: Community, home: Home) -> dict[str, float]:
    """Predicted against true spoilage of every pair of an agent and a perishable SKU that keeps for her."""
    engine = open_home(home, threads=1)
    goods, people = (engine.read(f"night.{name}").to_pylist() for name in ("int_perishables", "int_agent_waiting"))
    engine.close()
    predicted, true = _pairs(world, goods, people)
    fifth = np.minimum(np.argsort(np.argsort(predicted)) * 5 // len(predicted), 4)
    found: dict[str, float] = {}
    for place in range(5):
        own = fifth == place
        found |= {f"predicted, fifth {place + 1}": predicted[own].mean(), f"true, fifth {place + 1}": true[own].mean()}
    below = [row["spoilage_upper"] >= _tonight(world, row, people) for row in goods if row["agents_share"] > 0]
    return found | {"true below upper": float(np.mean(below)), "correlation": float(np.corrcoef(predicted, true)[0, 1])}


def _keeps(row: dict[str, Any], person: dict[str, Any]) -> bool:
    return bool(row["shelf_hours"] >= person["upper_hours"] + MARGIN_HOURS)


def _pairs(
    world: Community, goods: list[dict[str, Any]], people: list[dict[str, Any]]
) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(row, person) for row in goods for person in people if _keeps(row, person)]
    said = np.array([row["spoilage_rate"] - row["spoilage_added"] for row, _ in pairs])
    added = np.array([row["added_by_level"][person["waiting_level"]] for row, person in pairs])
    agent = np.array([int(person["agent_id"][1:]) for _, person in pairs])
    sku = np.array([int(row["sku_id"][1:]) for row, _ in pairs])
    return said + added, world.mean_spoilage(agent, sku)


def _tonight(world: Community, row: dict[str, Any], people: list[dict[str, Any]]) -> float:
    """The true spoilage of a SKU among the agents for whom it keeps."""
    agent = np.array([int(person["agent_id"][1:]) for person in people if _keeps(row, person)])
    return float(world.mean_spoilage(agent, np.full(len(agent), int(row["sku_id"][1:]))).mean())


if __name__ == "__main__":
    main()
