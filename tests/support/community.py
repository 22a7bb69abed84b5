"""A community-buying platform with a known truth: leaders, pick-up points, cut-offs, goods that keep for a few days.

Orders come through the day, close at each group's cut-off, and arrive at its pick-up point after hours of its own. A
perishable unit spoils with a chance that grows with the hours waited over its shelf life; a few of all units disappoint
for other reasons.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.special import expit

LAST_DAY = date(2026, 11, 21)
SHELF_DAYS = (1, 2, 2, 3, 3, 4, 5, 7)
LEVEL, SLOPE, HALF = -3.2, 2.5, float(np.log(0.5))
"""Log odds of spoilage at half of the shelf life, and how they grow with the log of the share."""
SPREAD = 0.15
"""Deviation of the log hours that deliveries of one point wait."""
PARTS = ("products", "inventory", "agents", "groups", "orders", "returns", "chat_messages")


@dataclass(frozen=True)
class Community:
    """One platform, drawn from a seed: each of the agents (`agents`) has one group, and each point serves some.

    `fresh_of_four` SKUs of four perish. So far leaders have left out a share of what would wait for more than half of
    its shelf life (`careful`): what they sold looks better than it would with others.
    """

    seed: int
    agents: int = 8
    points: int = 3
    skus: int = 24
    days: int = 30
    daily_lines: int = 60
    fresh_of_four: int = 2
    careful: float = 0.0

    @property
    def rng(self) -> np.random.Generator:
        """A generator that begins anew."""
        return np.random.default_rng(self.seed)

    @property
    def usual_hours(self) -> np.ndarray:
        """Hours from the close of orders to arrival that are usual at each point: from half a day to two and a half."""
        return np.geomspace(12.0, 60.0, self.points)

    @property
    def point_of(self) -> np.ndarray:
        """The point of each agent's group."""
        return np.arange(self.agents) % self.points

    @property
    def cutoff_minute(self) -> np.ndarray:
        """The close of orders of each agent's group; some take orders until midnight (0)."""
        hour = np.array([18, 20, 21])[np.arange(self.agents) % 3]
        return np.where(np.arange(self.agents) % 4 == 3, 0, 60 * hour)

    @property
    def shelf_days(self) -> np.ndarray:
        """The shelf life of each SKU; 0 for those that do not perish, which are all but `fresh_of_four` of four."""
        number = np.arange(self.skus)
        place = np.array([0, 2, 1, 3])[number % 4]
        return np.where(place < self.fresh_of_four, np.array(SHELF_DAYS)[(number // 2) % len(SHELF_DAYS)], 0)

    @property
    def own_factor(self) -> np.ndarray:
        """What each SKU spoils of its own, as a multiple."""
        return np.exp(np.random.default_rng(self.seed + 1).normal(0.0, 0.3, self.skus))

    def spoilage(self, sku: np.ndarray, hours: np.ndarray) -> np.ndarray:
        """Return the true chance that a unit of a SKU spoils that has waited for so many hours."""
        shelf = self.shelf_days[sku] * 24.0
        share = np.log(np.maximum(hours, 0.1) / np.maximum(shelf, 1.0))
        chance = np.minimum(self.own_factor[sku] * expit(LEVEL + SLOPE * (share - HALF)), 1.0)
        return np.where(shelf > 0, chance, 0.0)

    def mean_spoilage(self, agent: np.ndarray, sku: np.ndarray) -> np.ndarray:
        """Return the same for deliveries to an agent's group, over how long these wait."""
        steps = np.random.default_rng(0).normal(0.0, SPREAD, 200)
        hours = self.usual_hours[self.point_of[agent]][:, None] * np.exp(steps)[None, :]
        chance = self.spoilage(np.repeat(sku, 200), hours.ravel()).reshape(hours.shape)
        return np.asarray(chance.mean(axis=1))

    def lines(self) -> pd.DataFrame:
        """Return the order lines, with their true waiting and what became of them."""
        rng, count = self.rng, self.days * self.daily_lines
        agent, sku = rng.integers(0, self.agents, count), rng.integers(0, self.skus, count)
        waits_long = (
            self.usual_hours[self.point_of[agent]] > 12.0 * np.where(self.shelf_days > 0, self.shelf_days, 99)[sku]
        )
        kept = ~(waits_long & (rng.random(count) < self.careful))
        agent, sku, count = agent[kept], sku[kept], int(kept.sum())
        day = np.sort(rng.integers(0, self.days, count))
        minute = np.clip(rng.normal(15 * 60, 260, count), 1, 1439).astype(int)
        close = np.where(self.cutoff_minute[agent] == 0, minute, self.cutoff_minute[agent])
        close = np.where(minute < close, close, close + np.where(self.cutoff_minute[agent] == 0, 0, 1440))
        hours = self.usual_hours[self.point_of[agent]] * np.exp(rng.normal(0.0, SPREAD, count))
        spoiled = rng.random(count) < self.spoilage(sku, hours)
        faulty = ~spoiled & (rng.random(count) < 0.03)
        return pd.DataFrame(
            {"agent": agent, "sku": sku, "day": day, "minute": minute, "arrived": close + (60 * hours).astype(int),
             "hours": hours, "spoiled": spoiled, "faulty": faulty, "customer": rng.integers(0, 40, count)}
        )  # fmt: skip

    def write(self, folder: Path, *, says_shelf_life: bool = True) -> Path:
        """Write the platform's sources as of LAST_DAY; without shelf lives it is any other platform."""
        lines = self.lines()
        tables = {name: getattr(self, f"_{name}")(lines) for name in PARTS}
        if not says_shelf_life:
            tables["products"] = tables["products"].drop(columns="shelf_life_days")
        for name, rows in tables.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), folder / name / "all.parquet")
        return folder

    @property
    def _first_day(self) -> date:
        return LAST_DAY - timedelta(days=self.days - 1)

    def _moment(self, day: int, minute: int) -> datetime:
        return datetime.combine(self._first_day, time()) + timedelta(days=int(day), minutes=int(minute))

    def _ids(self, kind: str, numbers: Iterable[int]) -> list[str]:
        return [f"{kind}{number:03d}" for number in numbers]

    def _products(self, lines: pd.DataFrame) -> pd.DataFrame:
        number = np.arange(self.skus)
        shelf = pd.array([days or None for days in self.shelf_days.tolist()], dtype="Int32")
        kind = np.where(self.shelf_days > 0, np.where(number % 4 == 0, "生鲜/水果", "生鲜/蔬菜"), "日用/纸品")
        return pd.DataFrame(
            {"sku_id": self._ids("S", number), "title": [f"社区商品{n}号" for n in number], "category": kind,
             "supplier_id": self._ids("V", number % 6), "list_price": 10.0 + number % 7 * 5,
             "style_tags": [["家常"]] * self.skus, "series_tags": [["社区"]] * self.skus, "is_clearance": False,
             "is_cold_chain": self.shelf_days == 2,
             "launched_on": self._first_day, "status": "active", "shelf_life_days": shelf,
             "updated_at": self._moment(0, 0)}
        )  # fmt: skip

    def _inventory(self, lines: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(
            {"sku_id": self._ids("S", np.arange(self.skus)), "as_of_date": LAST_DAY, "sellable_units": 500}
        )

    def _agents(self, lines: pd.DataFrame) -> pd.DataFrame:
        empty: list[list[str]] = [[] for _ in range(self.agents)]
        return pd.DataFrame(
            {"agent_id": self._ids("A", np.arange(self.agents)), "joined_on": self._first_day, "status": "active",
             "categories_wanted": empty, "categories_excluded": empty, "style_tags": empty, "series_tags": empty,
             "daily_slots": 6, "updated_at": self._moment(0, 0)}
        ).astype({"daily_slots": "int32"})  # fmt: skip

    def _groups(self, lines: pd.DataFrame) -> pd.DataFrame:
        number = np.arange(self.agents)
        closes = [None if minute == 0 else time(minute // 60, minute % 60) for minute in self.cutoff_minute.tolist()]
        return pd.DataFrame(
            {"group_id": self._ids("G", number), "agent_id": self._ids("A", number), "member_count": 60,
             "opened_on": self._first_day, "pickup_point_id": self._ids("P", self.point_of), "cutoff_time": closes,
             "updated_at": self._moment(0, 0)}
        )  # fmt: skip

    def _orders(self, lines: pd.DataFrame) -> pd.DataFrame:
        ordered = [self._moment(day, minute) for day, minute in zip(lines["day"], lines["minute"], strict=True)]
        arrived = [self._moment(day, minute) for day, minute in zip(lines["day"], lines["arrived"], strict=True)]
        end = datetime.combine(LAST_DAY, time(23, 59))
        is_here = np.array([moment <= end for moment in arrived])
        numbers = [f"{place:06d}" for place in range(len(lines))]
        return pd.DataFrame(
            {"order_line_id": ["L" + n for n in numbers], "order_id": ["O" + n for n in numbers], "ordered_at": ordered,
             "agent_id": self._ids("A", lines["agent"]), "group_id": self._ids("G", lines["agent"]),
             "customer_id": [f"C{a}-{c}" for a, c in zip(lines["agent"], lines["customer"], strict=True)],
             "sku_id": self._ids("S", lines["sku"]), "quantity": 1, "unit_price": 19.9,
             "status": np.where(is_here, "delivered", "paid"),
             "delivered_at": [moment if here else None for moment, here in zip(arrived, is_here, strict=True)],
             "updated_at": [moment if here else placed
                            for moment, here, placed in zip(arrived, is_here, ordered, strict=True)]}
        )  # fmt: skip

    def _returns(self, lines: pd.DataFrame) -> pd.DataFrame:
        back = lines[lines["spoiled"] | lines["faulty"]]
        asked = [self._moment(day, minute + 600) for day, minute in zip(back["day"], back["arrived"], strict=True)]
        found = pd.DataFrame(
            {"return_id": [f"R{place:06d}" for place in back.index],
             "order_line_id": [f"L{place:06d}" for place in back.index], "requested_at": asked, "quantity": 1,
             "reason_code": np.where(back["spoiled"], "spoiled", "quality"), "refund_amount": 19.9, "updated_at": asked}
        )  # fmt: skip
        return found[found["requested_at"] <= datetime.combine(LAST_DAY, time(23, 59))]

    def _chat_messages(self, lines: pd.DataFrame) -> pd.DataFrame:
        """A post in the morning of each SKU that a group ordered that day."""
        posts = lines[["agent", "sku", "day"]].drop_duplicates().sort_values(["day", "agent", "sku"])
        return pd.DataFrame(
            {"message_id": [f"M{place:06d}" for place in range(len(posts))],
             "group_id": self._ids("G", posts["agent"]), "sender_id": self._ids("A", posts["agent"]),
             "sender_role": "agent", "sent_at": [self._moment(day, 480) for day in posts["day"]],
             "text": [f"今日团：社区商品{sku}号" for sku in posts["sku"]], "sku_id": self._ids("S", posts["sku"])}
        )  # fmt: skip
