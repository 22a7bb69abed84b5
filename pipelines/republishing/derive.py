"""Makes a new run from an earlier one: recalled and unavailable SKUs leave, reserves replace them, matches follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xuanpin.models.arrays import Flags
from xuanpin.models.assortment.constraints import in_category, top_category
from xuanpin.models.assortment.replacement import Cap, ReplacementProblem, list_after_replacement, replacement_units
from xuanpin.pipelines import identity, run_store
from xuanpin.pipelines.answers.stock import said_since
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import STAMP, load_contract, published_contracts
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.history.load_history import short_nights_before
from xuanpin.pipelines.quality.step import recheck_outputs
from xuanpin.pipelines.republishing.holds import BRAKES
from xuanpin.pipelines.republishing.kept_promise import derived_promise, most_risk
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.run_store.former_layout import rename_reserves
from xuanpin.pipelines.selection.inputs import numbers
from xuanpin.pipelines.settings import Settings
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


@dataclass(frozen=True)
class Revision:
    """Describe a run to make from an earlier one.

    `base`: the earlier run; `list_date` and `state`: those of the new run; `reason`: why it is made, shown to readers;
    `recalls`: recalled SKU ids with the day of their recall; `now`: the time, zone-aware, noted as the cut.
    """

    base: run_store.CurrentRun
    list_date: date
    state: str
    reason: str
    recalls: Mapping[str, date]
    now: datetime


def derive(home: Home, settings: Settings, revision: Revision, latest: LatestInputs) -> run_store.CurrentRun:
    """Write and seal the new run that `revision` describes; the caller makes it current.

    `home` holds the base; `settings` give caps and promise; `latest` overrides what the base knew. Raises
    OutputCheckFailed where the new run breaks a contract, and UsageError where the base has no reserves.
    """
    engine = open_memory()
    try:
        night = Night(engine, settings, home, revision.list_date - timedelta(days=1), None, revision.now)
        _load(night, revision, latest)
        _revise_list(night, revision)
        _revise_matches(night, revision)
        recheck_outputs(night)
        _keep_brakes(night, revision)
        return _write(night, revision)
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


def _keep_brakes(night: Night, revision: Revision) -> None:
    """Let the run tell what the brakes measured of its night, unless the list is for another day than its base."""
    base = revision.base
    if base.list_date == revision.list_date.isoformat():
        brakes = run_store.read_table(night.home, base, "run_quality", table_name=BRAKES)
        night.engine.append("night.run_quality", brakes.drop_columns(list(STAMP)))


def _write(night: Night, revision: Revision) -> run_store.CurrentRun:
    # The page draws on libraries that a caller without anything to derive should not wait for.
    from xuanpin.pipelines.reporting.changes import write_changes

    folder = night.home.list_dir(revision.list_date) / ".derived"
    sealing.start_run_folder(night.home, folder)
    content = run_store.manifest(night.home, revision.base)
    content |= {
        "run_id": _identity(night, revision),
        "list_date": night.list_date.isoformat(),
        "as_of_date": night.as_of_date.isoformat(),
        "derived_from": {key: getattr(revision.base, key) for key in ("run_id", "run_dir", "list_date")},
        "schema_version": {contract.name: contract.version for contract in published_contracts()},
        "code_version": identity.code_version(),
        "cut_at": revision.now.isoformat(timespec="seconds"),
    }
    if revision.base.list_date != content["list_date"]:
        content["previous_run_id"] = revision.base.run_id
    content |= night.engine.read("night.derived_promise").to_pylist()[0]
    content["row_counts"] = sealing.write_tables(night, folder, content["run_id"])
    _write_reserves(night, folder / sealing.RESERVES)
    run_store.replace_json(folder / run_store.MANIFEST, content)
    write_changes(night, folder, content | {"state": revision.state, **sealing.in_both_languages(revision.reason)})
    return sealing.seal(night.home, folder, revision.state, revision.reason)


def _identity(night: Night, revision: Revision) -> str:
    """Hash the base and every row that was decided from it: another cause with the same outcome is the same run."""
    pair = ["agent_id", "sku_id"]
    decided = {"derived_skus": ["sku_id"], "agent_matches": pair, "agent_alternates": pair}
    decided |= {"agent_summary": ["agent_id"]}
    return identity.derived_identity(
        base=revision.base.run_id,
        list_date=revision.list_date.isoformat(),
        state=revision.state,
        tables={
            name: identity.table_digest(night.engine.read(f"night.{name}", order_by=key))
            for name, key in decided.items()
        },
    )


def _write_reserves(night: Night, folder: Path) -> None:
    """Write what comes after this run needs: the SKUs that are left to replace others, agents and their groups."""
    skus = night.engine.select("reserves_left")
    pq.write_table(skus, folder / "reserve_skus.parquet", compression="zstd")
    pq.write_table(night.engine.read("night.stg_agents"), folder / "reserve_agents.parquet", compression="zstd")
    if night.engine.exists("night.stg_groups"):
        pq.write_table(night.engine.select("reserve_groups"), folder / "reserve_groups.parquet", compression="zstd")
