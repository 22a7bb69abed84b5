"""Are the scores true? Twenty simulated catalogues with known regret rates, ours against the raw rate.

Run: python -m benchmarks.bench_scoring_worlds [seeds]

A list is filled with the least risky SKUs while its mean landmine probability stays at the promise of 5 %.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.support.scoring_world import draw_catalogue, draw_lines, open_world, score
from xuanpin.models.evaluation.reliability import reliability

PROMISE = 0.05


def one_world(folder: Path, seed: int) -> list[float]:
    """Coverage, calibration errors of rates and of landmine probabilities, and the share of landmines listed."""
    rng = np.random.default_rng(1_000 + seed)
    catalogue = draw_catalogue(rng, 2_000)
    night = open_world(folder, rng, catalogue, draw_lines(rng, catalogue, 50_000, 120))
    score(night)
    found = night.engine.query(
        "select s.*, e.regretted_lines, e.delivered_lines from night.sku_scores as s "
        "join night.int_sku_evidence as e using (sku_id) order by sku_id"
    ).to_pandas()
    night.engine.close()
    rate, chance = found["regret_rate"].to_numpy(), found["landmine_probability"].to_numpy()
    covered = (catalogue.regret >= found["regret_rate_lower"]) & (catalogue.regret <= found["regret_rate_upper"])
    is_landmine = (catalogue.regret > 2.0 * catalogue.category_regret).astype(float)
    order = np.argsort(chance, kind="stable")
    listed = order[np.cumsum(chance[order]) <= PROMISE * np.arange(1, len(order) + 1)]
    raw = (found["regretted_lines"] / np.maximum(found["delivered_lines"], 1)).to_numpy()
    naive = np.flatnonzero(raw <= found["landmine_ceiling"].to_numpy())
    ones = np.ones(len(rate))
    return [
        float(covered.mean()),
        reliability(rate, catalogue.regret, ones).expected_error,
        reliability(chance, is_landmine, ones).expected_error,
        float(chance[listed].mean()),
        float(is_landmine[listed].mean()),
        float(is_landmine[naive].mean()),
    ]


def main() -> None:
    """Print the mean of each measure over the seeds, and its standard error."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    names = (
        "90 % interval covers",
        "ECE of regret",
        "ECE of landmine",
        "promised",
        "landmines listed",
        "raw rate lists",
    )
    with tempfile.TemporaryDirectory() as folder:
        rows = np.array([one_world(Path(folder) / str(seed), seed) for seed in range(seeds)])
    for name, mean, error in zip(names, rows.mean(axis=0), rows.std(axis=0) / np.sqrt(seeds), strict=True):
        print(f"{name:22s} {mean:.4f} ± {error:.4f}")


if __name__ == "__main__":
    main()
