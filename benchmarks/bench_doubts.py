"""What do doubts of quality do? Good judges name SKUs that turn bad; a tenth of the agents want a rival's SKU gone.

Run: python -m benchmarks.bench_doubts [seeds]

`turned`: nights from the day on which a SKU turned bad to the first one that gates it, without and with the answers of
twelve judges of sixty agents, who doubt 75 % of the bad SKUs that they are asked of and 3 % of the others.
`collusion`: six other agents doubt three good SKUs of the list, after each was right on so many different landmines.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.doubt_platform import TURNED_DAYS_AGO, Platform, answer, put_answers
from xuanpin.models.arrays import Ints
from xuanpin.pipelines.affinity.step import affinity
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.calibration import calibrate
from xuanpin.pipelines.scoring.changes import find_changes
from xuanpin.pipelines.selection.step import select

JUDGES, COLLUDERS, TARGETS = range(0, 12), range(12, 18), 3
SENSITIVITY, FALSE_RATE = 0.75, 0.03
RECORDS = (0, 2, 4, 6, 8)
"""Different landmines that every colluder was right to doubt before."""
Answers = list[dict[str, object]]


def judged(platform: Platform) -> Answers:
    """Answers of the judges: each has one opinion of a SKU while it is good and one while it is bad."""
    asked, rows = platform.asked, []
    bad = {days_ago: platform.bad(days_ago) for days_ago in np.unique(asked.days_ago).tolist()}
    draws = platform.rng.random((len(JUDGES), 2, len(bad[0])))
    for agent, sku, days_ago in zip(asked.agent.tolist(), asked.sku.tolist(), asked.days_ago.tolist(), strict=True):
        if agent in JUDGES:
            is_bad = int(bad[days_ago][sku])
            is_doubt = draws[agent, is_bad, sku] < (SENSITIVITY if is_bad else FALSE_RATE)
            rows.append(answer(agent, sku, days_ago, bool(is_doubt)))
    return rows


def colluded(platform: Platform, targets: Sequence[int], right: int) -> Answers:
    """Answers of the colluders: right on the first of the earlier landmines, then all doubt the targets today."""
    asked, turned = platform.asked, platform.world.catalogue.bad_from
    last = np.datetime64("2026-11-21", "D")
    rows = [
        answer(agent, sku, int((last - turned[sku]).astype(int)), True)
        for agent in COLLUDERS
        for sku in platform.earlier[:right].tolist()
    ]
    named = {(agent, int(sku)) for agent in COLLUDERS for sku in [*platform.earlier[:right], *targets]}
    for agent, sku, days_ago in zip(asked.agent.tolist(), asked.sku.tolist(), asked.days_ago.tolist(), strict=True):
        if agent in COLLUDERS and (agent, sku) not in named:
            named.add((agent, sku))
            rows.append(answer(agent, sku, days_ago, False))
    return rows + [answer(agent, int(sku), 0, True) for agent in COLLUDERS for sku in targets]


def scored(night: Night, rows: Answers) -> pd.DataFrame:
    """Return the estimates of the night with these answers, one row a SKU."""
    put_answers(night, rows)
    find_changes(night)
    found: pd.DataFrame = night.engine.read("night.int_sku_estimates", order_by=["sku_id"]).to_pandas()
    return found


def listed(night: Night, rows: Answers) -> pd.DataFrame:
    """Return the scorecard of the night with these answers."""
    scored(night, rows)
    for step in (calibrate, affinity, select):
        step(night)
    card: pd.DataFrame = night.engine.read("night.sku_scorecard", order_by=["sku_id"]).to_pandas()
    return card.set_index("sku_id")


def print_turned(platform: Platform) -> None:
    """Print the night that first gates each watched SKU, and how many good SKUs are gated, without and with doubts."""
    arms: dict[str, Answers] = {"alone": [], "doubts": judged(platform)}
    first = {name: np.full(len(platform.watched), np.inf) for name in arms}
    wrong = dict.fromkeys(arms, 0)
    for night_number in range(TURNED_DAYS_AGO + 1):
        days_ago = TURNED_DAYS_AGO - night_number
        good = ~platform.bad(days_ago)
        with platform.night(days_ago) as night:
            for name, rows in arms.items():
                found = scored(night, rows)
                gated = found["is_gated"].to_numpy(bool)
                rows_of = _places(found, platform.watched)
                first[name] = np.minimum(first[name], np.where(gated[rows_of], night_number, np.inf))
                sold = (found["evidence_orders"].to_numpy() > 0) & good[found["sku_id"].str[1:].astype(int)]
                wrong[name] += int((gated & sold).sum())
        if all(np.isfinite(own).all() for own in first.values()):
            break
    for name, nights in first.items():
        told = f"gated after {nights.tolist()} nights, median {np.median(nights):g}"
        print(f"  {name:7} {told}; good SKUs gated a night {wrong[name] / (night_number + 1):.1f}", flush=True)


def print_collusion(platform: Platform) -> None:
    """Print what becomes of three good SKUs of the list that a tenth of the agents doubt, by what record they have."""
    with platform.night(0) as night:
        clean, good = listed(night, []), ~platform.bad(0)
        pool = clean[(clean["decision"] == "listed") & (clean["evidence_orders"] > 40)]
        pool = pool[good[pool.index.str[1:].astype(int)]].sort_values("score", ascending=False)
        ids = pool.index[:: max(len(pool) // TARGETS, 1)][:TARGETS]
        targets = ids.str[1:].astype(int).tolist()
        print(f"  targets before: {clean.loc[ids, 'landmine_probability'].round(3).tolist()}", flush=True)
        for with_judges in (False, True):
            for right in RECORDS:
                honest = judged(platform) if with_judges else []
                card = listed(night, honest + colluded(platform, targets, right)).loc[ids]
                told = f"{card['landmine_probability'].round(3).tolist()} {card['decision_code'].tolist()}"
                others = ", twelve judges" if with_judges else ""
                print(f"  named {right} landmines in {_batches(night)} batches{others}: {told}", flush=True)


def _batches(night: Night) -> int:
    """Count the bad batches that the colluders have named in time, by what the night makes of their doubts."""
    named: pd.DataFrame = night.engine.select("int_named_batches").to_pandas()
    own = named[named["agent_id"].isin([f"A{agent:05d}" for agent in COLLUDERS])]
    return len(own.drop_duplicates(["supplier_id", "period"]))


def _places(found: pd.DataFrame, skus: Ints) -> Ints:
    return np.asarray(pd.Index(found["sku_id"]).get_indexer([f"S{sku:05d}" for sku in skus]), dtype=np.int64)


def main() -> None:
    """Print both tables for each seed."""
    for seed in range(1, 1 + int((sys.argv[1:] or ["3"])[0])):
        with tempfile.TemporaryDirectory() as folder:
            platform = Platform(Path(folder), seed)
            print(f"seed {seed}", flush=True)
            print_turned(platform)
            print_collusion(platform)


if __name__ == "__main__":
    main()
