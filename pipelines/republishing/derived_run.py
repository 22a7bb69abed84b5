"""Writes a run that was made from an earlier one, while it is checked, seals it and shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from xuanpin.pipelines import identity, run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import STAMP, load_contract, published_contracts
from xuanpin.pipelines.engine import another
from xuanpin.pipelines.quality.step import recheck_outputs
from xuanpin.pipelines.republishing.holds import BRAKES
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.run_store.ready import Ready, make_ready
from xuanpin.pipelines.side_by_side import side_by_side

CHECKED = "run_quality"
"""The published table that checks write."""


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


@dataclass(frozen=True)
class Derived:
    """A `run` that was made from an earlier one and sealed, and what is `ready` of showing it."""

    run: run_store.CurrentRun
    ready: Ready = field(default_factory=Ready)

    def show(self, home: Home, database_days: int, noting: sealing.Noting) -> None:
        """Make the run current in `home`, under the lock that gave `noting`; `database_days` as in `make_current`."""
        noting.feed = self.ready.feed
        sealing.make_current(home, database_days, self.run, self.ready.database)


def write_run(night: Night, revision: Revision) -> Derived:
    """Write and seal the run whose tables stand in the `night`, as `revision` describes it.

    It is checked while it is written: where a check fails it has no manifest, and is no run. What showing it takes is
    made ready while its page is written. Raises OutputCheckFailed.
    """
    folder, content = night.home.list_dir(revision.list_date) / ".derived", _manifest(night, revision)
    sealing.start_run_folder(night.home, folder)
    threads = night.settings.engine.threads
    with _beside(night) as beside:
        works: list[Callable[[], Any]] = [
            partial(_check, night, revision),
            partial(_write_decided, beside, folder, content),
        ]
        _, counts = side_by_side(threads, works)
    counts |= sealing.write_tables(night, folder, content["run_id"], [load_contract(CHECKED)])
    run_store.replace_json(folder / run_store.MANIFEST, content | {"row_counts": counts})
    works = [
        partial(_write_page, night, revision, folder, content),
        partial(_made_ready, night, revision, folder, content),
    ]
    _, ready = side_by_side(threads, works)
    return Derived(sealing.seal(night.home, folder, revision.state, revision.reason), ready)


@contextmanager
def _beside(night: Night) -> Iterator[Night]:
    """Give the night to another thread, with a connection of its own."""
    engine = another(night.engine)
    with nullcontext(night) if engine is None else closing(engine):
        yield night if engine is None else replace(night, engine=engine)


def _check(night: Night, revision: Revision) -> None:
    """Check the run, and let it tell what the brakes measured of its night, unless the list is for another day than its
    base."""
    recheck_outputs(night)
    base = revision.base
    if base.list_date == revision.list_date.isoformat():
        brakes = run_store.read_table(night.home, base, CHECKED, table_name=BRAKES)
        night.engine.append(f"night.{CHECKED}", brakes.drop_columns(list(STAMP)))


def _write_decided(night: Night, folder: Path, content: dict[str, Any]) -> dict[str, int]:
    """Write all of the run that its checks add nothing to; return the rows of its tables."""
    contracts = [contract for contract in published_contracts() if contract.name != CHECKED]
    counts = sealing.write_tables(night, folder, content["run_id"], contracts)
    _write_reserves(night, folder / sealing.RESERVES)
    return counts


def _write_page(night: Night, revision: Revision, folder: Path, content: dict[str, Any]) -> None:
    # The page draws on libraries that a caller without anything to derive should not wait for.
    from xuanpin.pipelines.reporting.changes import write_changes

    write_changes(night, folder, content | {"state": revision.state, **sealing.in_both_languages(revision.reason)})


def _made_ready(night: Night, revision: Revision, folder: Path, content: dict[str, Any]) -> Ready:
    """Make ready that the run is shown, whose tables and manifest stand in `folder`."""
    run_dir = sealing.run_dir_name(content["run_id"])
    run = run_store.CurrentRun(content["run_id"], run_dir, content["list_date"], content["as_of_date"], revision.state)
    days, threads = night.settings.publish.database_days, night.settings.engine.threads
    return make_ready(night.home, days, run, folder, sealing.LOCKED_PLACE, threads)


def _manifest(night: Night, revision: Revision) -> dict[str, Any]:
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
    promise: dict[str, Any] = night.engine.read("night.derived_promise").to_pylist()[0]
    return content | promise


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
