"""What a plan costs: CPU-seconds and peak memory of drafts over problems of 5,000 and 100,000 candidates.

Run: python -m benchmarks.bench_plan [--sizes 5000 100000] [--drafts 20]

The candidates are drawn (seeded), 200 segments want 400 of them each, and every rule of the defaults holds. Each draft
asks for another size, promise, pin or ban. Starting the process and loading libraries is told apart.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.models.arrays import Floats
from xuanpin.pipelines import run_store
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.figures import solved_list
from xuanpin.pipelines.planning.plan import Plan, drafted, plan, plan_problem, solve_drafted
from xuanpin.pipelines.planning.problem import FACTS, PROBLEM, PROPOSALS, PROPOSED, read_problem
from xuanpin.pipelines.settings import Settings

LIST_DATE = date(2026, 11, 22)
SEGMENTS, BEST_PER_SEGMENT, CATEGORIES = 200, 400, 30
GROUNDS = {
    "reason_code": pa.nulls(1, pa.string()), "days_seen": [90], "days_needed": [37], "deliveries_seen": [9_000],
    "deliveries_needed": [1_200],
}  # fmt: skip


def left_run(folder: Path, size: int, seed: int = 7) -> Path:
    """Write into `folder` what a night over `size` drawn candidates leaves for planning, its list included."""
    random = np.random.default_rng(seed)
    problem = folder / PROBLEM
    problem.mkdir(parents=True)
    scores = _scores(size, random)
    liking = _liking(scores, random)
    best = np.sort(np.argpartition(-liking, BEST_PER_SEGMENT, axis=1)[:, :BEST_PER_SEGMENT], axis=1)
    agents = random.integers(10, 200, SEGMENTS)
    tables = {
        "sku_scores": scores,
        "stg_overrides": _empty(override_id=pa.string(), sku_id=pa.string(), action=pa.string(), starts_on=pa.date32(),
                                ends_on=pa.date32(), author=pa.string(), approved_by=pa.string()),
        "int_kin": _empty(sku_id=pa.string(), kin_sku_id=pa.string(), kin_by=pa.string(), nearness=pa.float64(),
                          lines=pa.float64()),
        "int_danger_holds": _empty(sku_id=pa.string(), since_on=pa.date32(), reports=pa.int64()),
        "int_suited_skus": scores.select(["sku_id"]),
        "segment_demand": pa.table({
            "segment_id": np.repeat(np.arange(SEGMENTS, dtype=np.int32), BEST_PER_SEGMENT),
            "sku_id": scores["sku_id"].take(pa.array(best.ravel())),
            "expected_units": np.take_along_axis(liking, best, axis=1).ravel(),
        }),
        "int_segment_slots": pa.table({
            "segment_id": np.arange(SEGMENTS, dtype=np.int32), "agents": agents,
            "slots": agents * random.integers(6, 16, SEGMENTS),
        }),
        "int_promise_audit": pa.table({"tightened_promise": [1.0]}),
        "int_promise_grounds": pa.table(GROUNDS),
        "listed": _empty(list_date=pa.date32(), sku_id=pa.string()),
    }  # fmt: skip
    for name, rows in tables.items():
        pq.write_table(rows, problem / f"{name}.parquet", compression="zstd")
    pq.write_table(PROPOSALS.empty_table(), problem / PROPOSED)
    facts = {"list_date": LIST_DATE.isoformat(), "settings": Settings().model_dump(mode="json"), "certificate": {}}
    run_store.replace_json(problem / FACTS, facts)
    _publish(folder)
    return folder


def _scores(size: int, random: np.random.Generator) -> pa.Table:
    ids = np.array([f"S{number:06d}" for number in range(size)])
    steady, alone, together = random.beta(0.6, 12.0, size).clip(0.0, 0.3), 0.002, 0.002
    landmine = (1 - alone - together) * steady + (alone + together) * 0.9
    units, value = random.lognormal(0.0, 0.5, size), random.uniform(0.2, 0.9, size)
    constant = {"landmine_if_changed": 0.9, "changed_alone": alone, "changed_with_supplier": together}
    constant |= {"sku_change_count": 5.0, "supplier_change_count": 5.0, "satisfaction": 0.9}
    return pa.table({
        "sku_id": ids,
        "spu_id": np.array([f"spu{number // 3}" for number in range(size)]),
        "title": np.array([f"商品 {number}" for number in range(size)]),
        "category": np.array([f"C{a:02d}/sub{b}" for a, b in random.integers(0, (CATEGORIES, 4), (size, 2))]),
        "supplier_id": np.array([f"P{number:05d}" for number in random.integers(0, max(size // 60, 60), size)]),
        "list_price": random.lognormal(4.0, 0.7, size),
        "season_start": pa.nulls(size, pa.date32()),
        "season_end": pa.nulls(size, pa.date32()),
        "is_clearance": random.random(size) < 0.05,
        "is_cold_chain": random.random(size) < 0.1,
        "sellable_units": random.integers(2_000, 20_000, size),
        "return_rate": random.beta(2.0, 30.0, size),
        "regret_rate": random.beta(1.0, 30.0, size),
        "landmine_probability": landmine,
        "landmine_if_steady": steady,
        **{name: np.full(size, number) for name, number in constant.items()},
        "demand_per_post": units,
        "unit_value": value,
        "score": units * value,
        "evidence_orders": random.integers(0, 500, size),
        "witnesses": random.integers(0, 400, size).astype(float),
        "agents": random.integers(1, 40, size),
        "prior_only": random.random(size) < 0.05,
        "is_gated": landmine > 0.3,
        "shelf_hours": pa.nulls(size, pa.float64()),
        "agents_share": pa.nulls(size, pa.float64()),
        "score_reasons": pa.array([["under_landmine_cap:lines=200"]] * size, pa.list_(pa.string())),
    })  # fmt: skip


def _liking(scores: pa.Table, random: np.random.Generator) -> Floats:
    """Units that a post of each candidate sells in each segment (segments × candidates): segments have categories that
    they prefer."""
    topics = np.array([int(text[1:3]) for text in scores["category"].to_pylist()])
    preference = random.dirichlet(np.full(CATEGORIES, 0.3), SEGMENTS)
    own = random.lognormal(0.0, 0.5, (SEGMENTS, len(topics)))
    return np.asarray(scores["demand_per_post"].to_numpy() * (0.05 + preference[:, topics]) * own, dtype=np.float64)


def _empty(**columns: pa.DataType) -> pa.Table:
    return pa.schema(columns.items()).empty_table()


def _publish(folder: Path) -> None:
    """Solve the problem as its night would and put the list beside it."""
    with drafted(read_problem(folder), Draft()) as found:
        solved = solve_drafted(found)
        skus = solved_list(found.night, found.inputs, solved)
    solution = solved.solution
    content = {"objective": solution.objective, "gap": solution.gap}
    facts = folder / PROBLEM / FACTS
    run_store.replace_json(facts, json.loads(facts.read_text(encoding="utf-8")) | {"certificate": content})
    pq.write_table(pa.Table.from_pylist([vars(sku) for sku in skus]), folder / "sku_list.parquet")
    promised = {"promise": 0.05, "promise_confidence": 0.95, "promise_bound": 0.05, "can_promise": True}
    run_store.replace_json(folder / run_store.MANIFEST, promised | {"promise_reasons": []})


def drafts(size: int, count: int, seed: int = 3) -> list[Draft]:
    """Return `count` drafts over `size` candidates: none, other sizes, promises, and a pin with a ban in turn."""
    random, found = np.random.default_rng(seed), [Draft()]
    while len(found) < count:
        one, other = (f"S{number:06d}" for number in random.choice(size, 2, replace=False))
        found += [
            Draft(changes={"assortment": {"list_size": int(random.integers(60, 240))}}),
            Draft(changes={"scoring": {"landmine_promise": float(random.uniform(0.03, 0.1))}}),
            Draft(pins=(one,), bans=(other,), is_approved=True),
        ]
    return found[:count]


def measure(size: int, count: int) -> str:
    """Return a line on the plans over `size` candidates as the command line makes them, and one as a desk does that has
    read the problem before."""
    with tempfile.TemporaryDirectory() as folder:
        run = left_run(Path(folder) / "run", size)
        bytes_left = sum(path.stat().st_size for path in (run / PROBLEM).iterdir())
        problem = read_problem(run)
        ways: dict[str, Callable[[Draft], Plan]] = {
            "command line": lambda draft: plan(run, draft),
            "desk": lambda draft: plan_problem(problem, draft),
        }
        spent = {way: [_seconds(solve, draft) for draft in drafts(size, count)] for way, solve in ways.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    lines = [
        f"{size:>7,} candidates, {way}: median {np.median(found):.2f}, p95 {np.quantile(found, 0.95):.2f} CPU-s"
        for way, found in spent.items()
    ]
    return "\n".join([*lines, f"        {bytes_left / 2**20:.1f} MB left, peak {peak:.2f} GB, {count} drafts"])


def _seconds(solve: Callable[[Draft], Plan], draft: Draft) -> float:
    started = time.process_time()
    found = solve(draft)
    assert found.after.listed <= found.after.list_size
    return time.process_time() - started


def main() -> None:
    """Print what loading the libraries takes, then a line a size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 100_000])
    parser.add_argument("--drafts", type=int, default=20)
    asked = parser.parse_args()
    print(f"process and libraries: {time.process_time():.2f} CPU-s")
    for size in asked.sizes:
        print(measure(size, asked.drafts), flush=True)


if __name__ == "__main__":
    main()
