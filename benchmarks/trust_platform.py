"""A demo platform on which attacks are tried: a home with a clean history, and a night for each attack on a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.demo.run import morning_after
from xuanpin.pipelines.demo.scale import DEMO, LAST_HISTORY_DAY, Scale
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.nightly import run_step
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

STEPS = (
    "load_history", "stage", "feedback", "outcomes", "faults", "rates", "changes", "calibrate", "affinity", "select",
)  # fmt: skip
READ = {
    "scores": "select c.*, t.regret_rate as true_regret, t.is_landmine from night.sku_scorecard as c "
    "left join read_parquet($truth) as t using (sku_id) order by sku_id",
    "alarms": "select * from night.alarms order by level, entity_id, metric",
    "roles": "select sku_id, role from night.sku_list order by sku_id",
}
Rows = Mapping[str, list[dict[str, Any]]]
"""Rows to add to the sources, by table."""


@dataclass(frozen=True)
class Night:
    """Hold what one night made: `scores` (a row a candidate, with its truth), `alarms` and `roles` on the list."""

    scores: pd.DataFrame
    alarms: pd.DataFrame
    roles: pd.DataFrame

    def of(self, sku_ids: Iterable[str]) -> pd.DataFrame:
        """Return score, decision and role of these SKUs, in their order; one that is no candidate has no values."""
        rows = self.scores.merge(self.roles, on="sku_id", how="left")
        return rows.set_index("sku_id").reindex(list(sku_ids)).reset_index()


class Platform:
    """Hold one demo platform: its sources, its truth, and a home that has taken them in up to the last day."""

    def __init__(self, folder: Path, seed: int, scale: Scale = DEMO) -> None:
        self.folder, self.sources, self.home = folder, folder / "sources", folder / "home"
        self.world = World(seed, scale)
        write_history(self.world, self.sources)
        run_step("ingest", self._request(self.home, self.sources))

    @cached_property
    def clean(self) -> Night:
        """What the night makes of the platform when nobody attacks it."""
        return self.night({})

    def table(self, query: str) -> pd.DataFrame:
        """Read the stored sources of the clean home by an SQL `query`."""
        with open_night(self._request(self.home, self.sources)) as night:
            read: pd.DataFrame = night.engine.query(query).to_pandas()
        return read

    def night(self, rows: Rows, change: str = "") -> Night:
        """Run the last night on a copy of the home after `rows` were sent in, and a `change` was made in SQL."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.home, copy)
        request = self._request(copy, self._with_rows(rows))
        run_step("ingest", request)
        if change:
            with open_night(request) as night:
                night.engine.execute(change)
        for step in STEPS:
            run_step(step, request)
        truth = (self.folder / "truth" / "sku_truth.parquet").as_posix()
        with open_night(request) as night:
            read = {
                name: night.engine.query(query, **({"truth": truth} if "$truth" in query else {})).to_pandas()
                for name, query in READ.items()
            }
        return Night(**read)

    def _with_rows(self, rows: Rows) -> Path:
        sources = self.folder / "attacked"
        shutil.rmtree(sources, ignore_errors=True)
        shutil.copytree(self.sources, sources)
        for table, own in rows.items():
            if own:
                pq.write_table(pa.Table.from_pylist(own), sources / table / "attack.parquet")
        return sources

    def _request(self, home: Path, sources: Path) -> RunRequest:
        return RunRequest(LAST_HISTORY_DAY, Home(home), sources, Settings(), morning_after(LAST_HISTORY_DAY))
