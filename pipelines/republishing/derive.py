"""Makes a new run from an earlier one: recalled and unavailable SKUs leave, reserves replace them, matches follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xuanpin.models.arrays import Flags
from xuanpin.models.assortment.categories import in_category, top_category
from xuanpin.models.assortment.replacement import Cap, ReplacementProblem, list_after_replacement, replacement_units
from xuanpin.pipelines import identity, run_store
from xuanpin.pipelines.answers.stock import said_since
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import numbers, open_memory
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.history.load_history import short_nights_before
from xuanpin.pipelines.republishing.derived_run import Derived, Revision, write_run
from xuanpin.pipelines.republishing.kept_promise import derived_promise, most_risk
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.run_store.former_layout import rename_reserves
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.side_by_side import side_by_side
from xuanpin.pipelines.typed.phrase import phrase

BASE_TABLES = {
    "sku_list": "base_list",
    "sku_scorecard": "base_scorecard",
    "agent_matches": "base_matches",
    "agent_alternates": "base_alternates",
    "agent_summary": "base_summary",
}
"""Published tables of the earlier run that its successor is computed from, and their names in memory."""
PICKS = "pick_answers"
"""Published table of what became of agents' proposals; they are for one list date."""
COPIED_TABLES = ("alarms", "calibration", "feedback_mentions")
"""Published tables that say the same in the new run."""
DAYS_TABLES = ("list_frontier", "experiment_results")
"""Published tables that say the same in a new run of the same list date, and nothing in that of another."""
LATER_RULES = pa.schema([("max_landmine_probability", pa.float64()), ("declined_skus", pa.list_(pa.string()))])
"""Rules of agents that the reserves of an earlier release lack; its agents had set none."""
LATER_SKUS = pa.schema([("page_url", pa.string()), ("is_perishable", pa.bool_())])
"""Columns of SKUs that the reserves of an earlier release lack."""
RECALLS = pa.schema([("sku_id", pa.string()), ("recalled_on", pa.date32())])


@dataclass(frozen=True)
class LatestInputs:
    """Hold what is known beyond the earlier run.

    `offered`: night.available_skus, the SKUs that may be listed; `agents`: active agents with the columns of
    reserve_agents; `groups`: their groups, as reserve_groups has them; `scores`: the measures of sku_scorecard that
    scoring gives. None stands for "as the earlier run had it".
    """

    offered: pa.Table | None = None
    agents: pa.Table | None = None
    groups: pa.Table | None = None
    scores: pa.Table | None = None


def derive(home: Home, settings: Settings, revision: Revision, latest: LatestInputs) -> Derived:
    """Write and seal the new run that `revision` describes; the caller shows it.

    `home` holds the base; `settings` give caps and promise; `latest` overrides what the base knew. Raises
    OutputCheckFailed where the new run breaks a contract, and UsageError where the base has no reserves.
    """
    engine = open_memory()
    try:
        night = Night(engine, settings, home, revision.list_date - timedelta(days=1), None, revision.now)
        # The code is hashed beside, for the identity of the run.
        works: list[Callable[[], object]] = [partial(_load, night, revision, latest), identity.code_version]
        side_by_side(settings.engine.threads, works)
        _revise_list(night, revision)
        _revise_matches(night, revision)
        return write_run(night, revision)
    finally:
        engine.close()


def _load(night: Night, revision: Revision, latest: LatestInputs) -> None:
    engine, home, base = night.engine, night.home, revision.base
    for table, name in BASE_TABLES.items():
        engine.store(
            f"history.{name}",
            run_store.with_columns(run_store.read_table(home, base, table), load_contract(table).arrow_schema()),
        )
    engine.store("history.base_picks", _of_the_day(home, revision, PICKS))
    for table in DAYS_TABLES:
        engine.store(f"night.{table}", _of_the_day(home, revision, table))
    engine.store("history.base_assignments", _of_the_day(home, revision, "experiment_assignments"))
    for table in COPIED_TABLES:
        engine.store(f"night.{table}", run_store.read_table(home, base, table))
    rename_reserves(run_store.run_folder(home, base))
    reserves = run_store.run_folder(home, base) / sealing.RESERVES
    if not reserves.is_dir():
        raise UsageError(
            phrase(
                "run {run} of list date {list_date} has no {folder}/, which a kept or recalled list is "
                "made from; run the night of that list date again",
                run=base.run_dir,
                list_date=base.list_date,
                folder=sealing.RESERVES,
            )
        )
    skus = pq.read_table(reserves / "reserve_skus.parquet")
    engine.store("history.base_skus", run_store.with_columns(skus, LATER_SKUS))
    agents = pq.read_table(reserves / "reserve_agents.parquet") if latest.agents is None else latest.agents
    engine.store("night.stg_agents", run_store.with_columns(agents, LATER_RULES))
    engine.store("night.derived_answers", said_since(home, base, revision.list_date))
    groups = _base_groups(reserves) if latest.groups is None else latest.groups
    if groups is not None:
        engine.store("night.stg_groups", groups)
    days = {"sku_id": list(revision.recalls), "recalled_on": list(revision.recalls.values())}
    engine.store("history.recalls", pa.table(days, schema=RECALLS))
    scores = engine.read("history.base_scorecard") if latest.scores is None else latest.scores
    engine.store("history.short_nights", short_nights_before(home, revision.list_date))
    engine.store("history.newest_scores", run_store.with_columns(scores, load_contract("sku_scorecard").arrow_schema()))
    if latest.offered is None:
        engine.materialise("available_before", called="offered", list_date=revision.list_date)
    else:
        engine.store("night.offered", latest.offered)


def _of_the_day(home: Home, revision: Revision, table: str) -> pa.Table:
    """Return the rows of a published table of the earlier run; none where it is of another list date."""
    base = revision.base
    if base.list_date != revision.list_date.isoformat():
        return load_contract(table).arrow_schema().empty_table()
    return run_store.read_table(home, base, table)


def _base_groups(reserves: Path) -> pa.Table | None:
    """Return the groups that the earlier run carries; None for one of an earlier release, which carries none."""
    path = reserves / "reserve_groups.parquet"
    return pq.read_table(path) if path.exists() else None


def _revise_list(night: Night, revision: Revision) -> None:
    engine, cap = night.engine, night.settings.scoring.landmine_cap
    days_since = (revision.list_date - date.fromisoformat(revision.base.list_date)).days
    engine.materialise("derived_skus", days_since=days_since, landmine_cap=cap)
    skus = engine.select("replacement_candidates")
    chosen = list_after_replacement(replacement_problem(night, skus))
    engine.store("night.derived_choice", skus.select(["sku_id"]).filter(pa.array(chosen)))
    engine.store("night.derived_promise", derived_promise(night, numbers(skus, "landmine_probability")[chosen]))
    engine.materialise("derived_list", called="sku_list")
    engine.materialise("derived_scorecard", called="sku_scorecard", landmine_cap=cap)
    engine.materialise("derived_assignments", called="experiment_assignments")


def replacement_problem(night: Night, skus: pa.Table) -> ReplacementProblem:
    """Return what replacement decides, for `skus`: the rows of replacement_candidates in their order.

    Reads history.base_list, the list that the new one is made from.
    """
    before = night.engine.select("base_promise").to_pylist()[0]
    return ReplacementProblem(
        stays=~np.asarray(skus["list_rank"].is_null()),
        landmine_probability=numbers(skus, "landmine_probability"),
        is_pinned=np.asarray(pc.fill_null(pc.equal(skus["base_role"], "pinned"), False)),
        caps=_caps(night, skus),
        promise=most_risk(before, night.settings.scoring.landmine_promise),
        size=before["places"],
    )


def _caps(night: Night, skus: pa.Table) -> list[Cap]:
    """Return the caps of the list's rules over these SKUs, none below what the list held, whose caps were no lower."""
    rules = night.settings.assortment
    held = ~np.asarray(skus["list_rank"].is_null())
    texts = {name: np.array(skus[name].to_pylist(), dtype=object) for name in ("supplier_id", "category")}
    tops = np.array([top_category(path) for path in texts["category"]], dtype=object)
    shares = [(texts["supplier_id"], rules.supplier_max_share), (tops, rules.category_max_share)]
    caps = [_cap(groups == name, share * rules.list_size, held) for groups, share in shares for name in set(groups)]
    for name in ("spu_id", "title_key"):
        duplicates = np.array(skus[name].to_pylist(), dtype=object)
        caps += [_cap(duplicates == duplicate, 1, held) for duplicate in set(duplicates) if duplicate]
    caps += [_cap(in_category(texts["category"], path), most, held) for path, most in rules.category_max.items()]
    is_new = pc.equal(pc.coalesce(skus["base_role"], skus["reserve_role"]), "explore")
    caps.append(_cap(np.asarray(is_new), rules.explore_share * rules.list_size, held))
    if rules.cold_chain_max is not None:
        caps.append(_cap(np.asarray(skus["is_cold_chain"]), rules.cold_chain_max, held))
    return caps


def _cap(members: Flags, most: float, held: Flags) -> Cap:
    return Cap(members, max(int(most), int(np.count_nonzero(members & held))))


def _revise_matches(night: Night, revision: Revision) -> None:
    engine = night.engine
    days_since = (revision.list_date - date.fromisoformat(revision.base.list_date)).days
    engine.materialise("derived_exclusions")
    engine.materialise("derived_matches_kept", days_since=days_since)
    engine.materialise("derived_openings")
    engine.materialise("derived_options")
    engine.store("night.derived_refills", _refills(engine.read("night.derived_options")))
    engine.materialise("derived_matches", called="agent_matches")
    engine.materialise("derived_alternates", called="agent_alternates")
    engine.materialise("derived_sizes", called="int_agent_sizes")
    engine.materialise("int_weakest_tenths")
    engine.materialise("derived_summary", called="agent_summary")
    engine.materialise("derived_picks", called=PICKS)


def _refills(options: pa.Table) -> pa.Table:
    """Return rows (agent_id, sku_id, units_reserved) of the options that are taken."""
    agents, skus = (options[name].combine_chunks().dictionary_encode() for name in ("agent_id", "sku_id"))
    agent, sku = (np.asarray(column.indices, dtype=np.int64) for column in (agents, skus))
    places, free = np.zeros(len(agents.dictionary), np.int64), np.zeros(len(skus.dictionary), np.int64)
    places[agent], free[sku] = np.asarray(options["open_slots"]), np.asarray(options["free_units"])
    given = replacement_units(agent, sku, places, np.asarray(options["wanted_units"]), free)
    taken = options.select(["agent_id", "sku_id"]).append_column("units_reserved", pa.array(given))
    return taken.filter(pa.array(given > 0))
