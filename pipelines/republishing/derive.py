"""Makes a new run out of an earlier one: what may not stay leaves, reserves step in, matches follow, all is checked."""

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
from xuanpin.models.assortment.replacement import Cap, Shelf, fill_places, refill
from xuanpin.pipelines import identity, run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import published_contracts
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.quality.step import recheck_outputs
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.selection.inputs import numbers
from xuanpin.pipelines.settings import Settings

KEPT = {
    "sku_list": "kept_list",
    "sku_scorecard": "kept_scorecard",
    "agent_matches": "kept_matches",
    "agent_summary": "kept_summary",
}
"""Published tables of the earlier run that its successor is computed from, and their names in memory."""
COPIED = ("alarms", "calibration", "feedback_mentions")
"""Published tables that say the same in the new run."""
RECALLS = pa.schema([("sku_id", pa.string()), ("recalled_on", pa.date32())])


@dataclass(frozen=True)
class Known:
    """What is known now beyond the earlier run: goods that may be offered, active agents, newest scores.

    `offered` is night.available_skus, `agents` has the columns of reserve_agents, `scores` those measures of
    sku_scorecard that scoring gives; None stands for "as the earlier run knew it".
    """

    offered: pa.Table | None = None
    agents: pa.Table | None = None
    scores: pa.Table | None = None


@dataclass(frozen=True)
class Change:
    """What is asked for: the earlier run, the list date and state of its successor, and why.

    `recalls` maps SKU ids to the day of their recall; `now` is the cut.
    """

    base: run_store.CurrentRun
    list_date: date
    state: str
    reason: str
    recalls: Mapping[str, date]
    now: datetime


def derive(home: Home, settings: Settings, change: Change, known: Known) -> run_store.CurrentRun:
    """Write and seal the new run; the caller makes it current.

    Raises OutputCheckFailed where it breaks a contract, and UsageError where the base has no spares.
    """
    engine = open_memory()
    try:
        night = Night(engine, settings, home, change.list_date - timedelta(days=1), None, change.now)
        _load(night, change, known)
        _keep_list(night, change)
        _keep_matches(night, change)
        recheck_outputs(night)
        return _write(night, change)
    finally:
        engine.close()


def _load(night: Night, change: Change, known: Known) -> None:
    engine, home, base = night.engine, night.home, change.base
    for table, name in KEPT.items():
        engine.store(f"history.{name}", run_store.read_table(home, base, table))
    for table in COPIED:
        engine.store(f"night.{table}", run_store.read_table(home, base, table))
    spares = run_store.run_folder(home, base) / sealing.SPARES
    if not spares.is_dir():
        raise UsageError(
            f"run {base.run_dir} of list date {base.list_date} has no {sealing.SPARES}/, which a kept or recalled list "
            "is made from; run the night of that list date again"
        )
    engine.store("history.kept_goods", pq.read_table(spares / "reserve_skus.parquet"))
    agents = pq.read_table(spares / "reserve_agents.parquet") if known.agents is None else known.agents
    engine.store("night.stg_agents", agents)
    days = {"sku_id": list(change.recalls), "recalled_on": list(change.recalls.values())}
    engine.store("history.recalls", pa.table(days, schema=RECALLS))
    scores = engine.read("history.kept_scorecard") if known.scores is None else known.scores
    engine.store("history.newest_scores", scores)
    if known.offered is None:
        engine.materialise("available_before", called="offered")
    else:
        engine.store("night.offered", known.offered)


def _keep_list(night: Night, change: Change) -> None:
    engine, cap = night.engine, night.settings.scoring.landmine_cap
    days_since = (change.list_date - date.fromisoformat(change.base.list_date)).days
    engine.materialise("derived_skus", days_since=days_since, landmine_cap=cap)
    goods = engine.select("shelf_places")
    chosen = refill(_shelf_of(night, goods))
    engine.store("night.derived_choice", goods.select(["sku_id"]).filter(pa.array(chosen)))
    engine.materialise("derived_list", called="sku_list")
    engine.materialise("derived_scorecard", called="sku_scorecard", landmine_cap=cap)


def _shelf_of(night: Night, goods: pa.Table) -> Shelf:
    before = night.engine.select("kept_promise").to_pylist()[0]
    return Shelf(
        stays=~np.asarray(goods["list_rank"].is_null()),
        landmine_probability=numbers(goods, "landmine_probability"),
        is_pinned=np.asarray(pc.fill_null(pc.equal(goods["kept_role"], "pinned"), False)),
        caps=_caps(night, goods),
        # A platform without outcomes is allowed more than the promise; its successor gets no worse than that.
        promise=max(night.settings.scoring.landmine_promise, before["risk"]),
        size=before["places"],
    )


def _caps(night: Night, goods: pa.Table) -> list[Cap]:
    """Caps of the list's rules over these goods; none is below what the list held, whose own caps were no lower."""
    rules = night.settings.assortment
    held = ~np.asarray(goods["list_rank"].is_null())
    texts = {name: np.array(goods[name].to_pylist(), dtype=object) for name in ("supplier_id", "category")}
    tops = np.array([top_category(path) for path in texts["category"]], dtype=object)
    shares = [(texts["supplier_id"], rules.supplier_max_share), (tops, rules.category_max_share)]
    caps = [_cap(groups == name, share * rules.list_size, held) for groups, share in shares for name in set(groups)]
    for name in ("spu_id", "title_key"):
        twins = np.array(goods[name].to_pylist(), dtype=object)
        caps += [_cap(twins == twin, 1, held) for twin in set(twins) if twin]
    caps += [_cap(in_category(texts["category"], path), most, held) for path, most in rules.category_max.items()]
    is_new = pc.equal(pc.coalesce(goods["kept_role"], goods["spare_role"]), "explore")
    caps.append(_cap(np.asarray(is_new), rules.explore_share * rules.list_size, held))
    if rules.cold_chain_max is not None:
        caps.append(_cap(np.asarray(goods["is_cold_chain"]), rules.cold_chain_max, held))
    return caps


def _cap(members: Flags, most: float, held: Flags) -> Cap:
    return Cap(members, max(int(most), int(np.count_nonzero(members & held))))


def _keep_matches(night: Night, change: Change) -> None:
    engine = night.engine
    days_since = (change.list_date - date.fromisoformat(change.base.list_date)).days
    engine.materialise("derived_exclusions")
    engine.materialise("derived_matches_kept", days_since=days_since)
    engine.materialise("derived_openings")
    engine.materialise("derived_options")
    engine.store("night.derived_refills", _refills(engine.read("night.derived_options")))
    engine.materialise("derived_matches", called="agent_matches")
    engine.materialise("derived_summary", called="agent_summary")


def _refills(options: pa.Table) -> pa.Table:
    """Rows (agent_id, sku_id, units_reserved) of the options that are taken."""
    agents, goods = (options[name].combine_chunks().dictionary_encode() for name in ("agent_id", "sku_id"))
    agent, good = (np.asarray(column.indices, dtype=np.int64) for column in (agents, goods))
    places, free = np.zeros(len(agents.dictionary), np.int64), np.zeros(len(goods.dictionary), np.int64)
    places[agent], free[good] = np.asarray(options["open_slots"]), np.asarray(options["free_units"])
    given = fill_places(agent, good, places, np.asarray(options["wanted_units"]), free)
    taken = options.select(["agent_id", "sku_id"]).append_column("units_reserved", pa.array(given))
    return taken.filter(pa.array(given > 0))


def _write(night: Night, change: Change) -> run_store.CurrentRun:
    # The page draws on libraries that a caller without anything to derive should not wait for.
    from xuanpin.pipelines.reporting.changes import write_changes

    folder = night.home.list_dir(change.list_date) / ".derived"
    sealing.begin(folder)
    content = run_store.manifest(night.home, change.base)
    content |= {
        "run_id": _identity(night, change),
        "list_date": night.list_date.isoformat(),
        "as_of_date": night.as_of_date.isoformat(),
        "derived_from": {key: getattr(change.base, key) for key in ("run_id", "run_dir", "list_date")},
        "schema_version": {contract.name: contract.version for contract in published_contracts()},
        "code_version": identity.code_version(),
        "cut_at": change.now.isoformat(timespec="seconds"),
    }
    if change.base.list_date != content["list_date"]:
        content["previous_run_id"] = change.base.run_id
    content["row_counts"] = sealing.write_tables(night, folder, content["run_id"])
    _write_spares(night, folder / sealing.SPARES)
    run_store.replace_json(folder / run_store.MANIFEST, content)
    write_changes(night, folder, content | {"state": change.state, "reason": change.reason})
    return sealing.seal(night.home, folder, change.state, change.reason)


def _identity(night: Night, change: Change) -> str:
    """The base and every row that was decided from it: another cause with the same outcome is the same run."""
    decided = {"derived_skus": ["sku_id"], "agent_matches": ["agent_id", "sku_id"], "agent_summary": ["agent_id"]}
    return identity.derived_identity(
        base=change.base.run_id,
        list_date=change.list_date.isoformat(),
        state=change.state,
        tables={
            name: identity.table_digest(night.engine.read(f"night.{name}", order_by=key))
            for name, key in decided.items()
        },
    )


def _write_spares(night: Night, folder: Path) -> None:
    """What the next refill needs: the goods that are left of this one, and the agents as they are now."""
    goods = night.engine.select("spares_left")
    pq.write_table(goods, folder / "reserve_skus.parquet", compression="zstd")
    pq.write_table(night.engine.read("night.stg_agents"), folder / "reserve_agents.parquet", compression="zstd")
