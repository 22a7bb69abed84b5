"""A demo platform on which SKUs turn bad on known days, and agents who say what they think of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.arrays import Array, Ints
from xuanpin.pipelines.context import Home, Night, RunRequest
from xuanpin.pipelines.demo.catalogue import NEVER
from xuanpin.pipelines.demo.run import morning_after
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, Scale
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.truth import sku_truth
from xuanpin.pipelines.demo.world import World, concatenate
from xuanpin.pipelines.nightly import run_step
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

SCALE = Scale(agents=60, skus=200, days=90, order_lines=36_000)
TURNED_DAYS_AGO = 14
"""Days before the last night on which the SKUs that are watched turn bad."""
WATCHED, EARLIER = 6, 8
"""SKUs that turn bad then, and SKUs that did so in the two months before, on which judges earn their record."""
EARLIER_DAYS_AGO = (60, 30)
FEWEST_LINES = 20
ASKED = 10
"""SKUs that an agent is asked of a day."""
KNOWN = ("load_history", "stage", "feedback", "outcomes", "faults", "rates")
ANSWERS = pa.schema(
    [
        ("list_date", pa.date32()),
        ("agent_id", pa.string()),
        ("sku_id", pa.string()),
        ("answer", pa.string()),
        ("reason_code", pa.string()),
        ("comment", pa.string()),
        ("updated_at", pa.timestamp("us")),
    ]
)


@dataclass(frozen=True)
class Asked:
    """Hold what agents were asked: one row an agent, SKU (positions) and day (days before the last one)."""

    agent: Ints
    sku: Ints
    days_ago: Ints


class Platform:
    """Hold a platform whose `watched` and `earlier` SKUs (positions) turn bad, and a home with all its sources."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.world = folder, World(seed, SCALE)
        self.rng = np.random.default_rng(seed)
        self.watched, self.earlier = self._planted()
        write_history(self.world, folder / "sources")
        run_step("ingest", self._request(LAST_HISTORY_DAY))
        self.asked = self._asked()
        self.watched = self._sold(self.watched)

    def bad(self, days_ago: int) -> Array:
        """Return which SKUs are landmines for units shipped so many days before the last one, shape (skus,)."""
        truth = sku_truth(self.world, np.datetime64(LAST_HISTORY_DAY - timedelta(days=days_ago), "D"))
        return np.asarray(truth["is_landmine"].to_numpy(zero_copy_only=False))

    @contextmanager
    def night(self, days_ago: int) -> Iterator[Night]:
        """Open the night so many days before the last one, with all steps done up to the rates."""
        request = self._request(LAST_HISTORY_DAY - timedelta(days=days_ago))
        for step in KNOWN:
            run_step(step, request)
        with open_night(request) as night:
            yield night

    def _planted(self) -> tuple[Ints, Ints]:
        catalogue = self.world.catalogue
        catalogue.bad_from[:] = NEVER
        always = catalogue.is_sellable(self.world.first_day) & catalogue.is_sellable(
            np.datetime64(LAST_HISTORY_DAY, "D")
        )
        good = np.flatnonzero(always & (catalogue.fault < 0.1))
        popular = good[np.argsort(-self.world.state.recent_sales[good], kind="stable")][: WATCHED + EARLIER]
        chosen = self.rng.permutation(popular)[: WATCHED + EARLIER]
        watched, earlier = chosen[:WATCHED], chosen[WATCHED:]
        last = np.datetime64(LAST_HISTORY_DAY, "D")
        catalogue.bad_from[watched] = last - np.timedelta64(TURNED_DAYS_AGO, "D")
        catalogue.bad_from[earlier] = last - np.linspace(*EARLIER_DAYS_AGO, EARLIER).astype("timedelta64[D]")
        return watched, earlier

    def _sold(self, skus: Ints) -> Ints:
        """Return those of `skus` that were sold FEWEST_LINES times since they turned bad: others no return can show."""
        lines = concatenate(self.world.state.lines)
        bad = lines["ordered_at"].astype("datetime64[D]") >= self.world.catalogue.bad_from[lines["sku"]]
        sold = np.bincount(lines["sku"][bad], minlength=len(self.world.catalogue))
        return skus[sold[skus] >= FEWEST_LINES]

    def _asked(self) -> Asked:
        """Every agent is asked of ASKED of the SKUs that were bought that day, as if they were her matches."""
        lines = concatenate(self.world.state.lines)
        day = lines["ordered_at"].astype("datetime64[D]")
        parts = []
        for days_ago in range(SCALE.days - 1, -1, -1):
            sold = np.unique(lines["sku"][day == np.datetime64(LAST_HISTORY_DAY, "D") - np.timedelta64(days_ago, "D")])
            for agent in range(SCALE.agents):
                chosen = self.rng.permutation(sold)[:ASKED]
                parts.append(np.stack([np.full(len(chosen), agent), chosen, np.full(len(chosen), days_ago)]))
        return Asked(*np.concatenate(parts, axis=1).astype(np.int64))

    def _request(self, as_of: date) -> RunRequest:
        home, sources = Home(self.folder / "home"), self.folder / "sources"
        return RunRequest(as_of, home, sources, Settings(), morning_after(as_of))


def answer(agent: int, sku: int, days_ago: int, is_doubt: bool) -> dict[str, object]:
    """Return the answer of an agent on a SKU, given at nine in the evening so many days before the last one."""
    day = LAST_HISTORY_DAY - timedelta(days=days_ago)
    return {
        "list_date": day,
        "agent_id": f"A{agent:05d}",
        "sku_id": f"S{sku:05d}",
        "answer": "declined" if is_doubt else "accepted",
        "reason_code": "doubt_quality" if is_doubt else None,
        "updated_at": datetime.combine(day, time(21)),
    }


def put_answers(night: Night, rows: Iterable[dict[str, object]]) -> None:
    """Let the night know those answers that had come by its as-of date."""
    known = [row for row in rows if pd.Timestamp(str(row["list_date"])).date() <= night.as_of_date]
    filled = [dict.fromkeys(ANSWERS.names) | row for row in known]
    night.engine.store("night.stg_match_answers", pa.Table.from_pylist(filled, schema=ANSWERS))
