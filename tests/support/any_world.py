"""Platforms of any shape from one seed: how many of everything there is, and the oddities that real platforms have.

`Shape` says it in a few numbers and words, `write_world` writes its drops, one Parquet file a table; the same shape
gives the same bytes. Nothing here is meant to be likely: a night on any of them ends with a list or one clear message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.drop_schemas import SCHEMAS

LAST_DAY = date(2026, 11, 21)
CATEGORIES = ("女装/连衣裙", "女装/毛衣", "母婴", "生鲜/水果", "家居/收纳/箱")
STYLES, SERIES = ("简约", "复古", "可爱"), ("秋冬", "亲子")
REASONS = ("quality", "not_as_described", "damaged", "spoiled", "wrong_size", "late", "changed_mind", "other")
GOOD = ("收到了，质量很好，很喜欢", "回购第三次了", "物超所值，没有踩雷", "很新鲜，孩子爱吃")
BAD = ("质量太差了，跟图片不一样", "收到就是坏的，很失望", "不好用，要退货", "踩雷了，不推荐")
IDLE = ("在吗", "多少钱", "什么时候发货", "+1", "早上好", "😊")

ODDITIES = (
    "all_banned", "all_clearance", "all_cold_chain", "all_pinned", "all_returned", "cancelled", "excludes_all",
    "free", "future_launch", "groups_silent", "huge_slots", "kept_by_all", "long_messages", "many_groups", "no_chat",
    "no_groups", "no_members", "no_orders", "no_posts", "no_returns", "no_stock", "no_tags", "nobody_speaks",
    "nothing_suits", "one_category", "one_customer", "one_day_old", "one_group_id", "one_phrase", "one_price",
    "one_slot", "one_supplier", "one_text", "one_unit", "only_agents_talk", "out_of_season", "paused_agents",
    "picky", "price_zero_band", "questions_only", "undelivered", "unknown_suits_all", "wholesale", "withdrawn",
)  # fmt: skip
"""Words for what is odd about a platform; any of them may stand together."""


@dataclass(frozen=True)
class Shape:
    """Counts (lines, messages and posts are those of one day) and oddities of a platform."""

    seed: int = 0
    agents: int = 4
    skus: int = 12
    customers: int = 20
    days: int = 20
    lines: int = 8
    messages: int = 6
    posts: int = 6
    returned: float = 0.1
    odd: frozenset[str] = frozenset()


Row = dict[str, Any]


def write_world(shape: Shape, folder: Path) -> Path:
    """Write the drops of a platform into a folder that does not exist yet and return it."""
    world = _World(shape)
    tables = {
        "products": world.products(),
        "inventory": world.inventory(),
        "agents": world.agents(),
        "groups": world.groups(),
        "orders": world.orders(),
        "returns": world.returns(),
        "chat_messages": world.messages(),
        "overrides": world.overrides(),
    }
    for table, rows in tables.items():
        (folder / table).mkdir(parents=True)
        if rows:
            pq.write_table(pa.Table.from_pylist(rows, SCHEMAS[table]), folder / table / "all.parquet")
    return folder


class _World:
    def __init__(self, shape: Shape) -> None:
        self.shape, self.odd = shape, shape.odd
        self.rng = np.random.default_rng(shape.seed)
        self.first = LAST_DAY - timedelta(days=shape.days - 1)
        self.born = self.first - timedelta(days=30)
        self.sold: list[Row] = []

    def stamp(self, day: date, hour: int = 9) -> datetime:
        return datetime(day.year, day.month, day.day, hour)

    def pick(self, options: Sequence[Any], only_first: bool = False) -> Any:
        return options[0 if only_first else int(self.rng.integers(len(options)))]

    def words(self, options: Sequence[str]) -> list[str]:
        if "no_tags" in self.odd:
            return []
        return [word for word in options if self.rng.random() < 0.5]

    def products(self) -> list[Row]:
        return [self.product(number) for number in range(self.shape.skus)]

    def product(self, number: int) -> Row:
        odd, old = self.odd, self.first - timedelta(days=200)
        launched = LAST_DAY + timedelta(days=9) if "future_launch" in odd else self.born
        season = (old, old + timedelta(days=30)) if "out_of_season" in odd else (None, None)
        return {
            "sku_id": f"S{number:05d}",
            "title": "秋冬新款"
            if "one_phrase" in odd
            else f"{self.pick(('草莓', '毛衣', '收纳箱', '面霜'))}{number}号",
            "category": self.pick(CATEGORIES, "one_category" in odd),
            "supplier_id": f"V{0 if 'one_supplier' in odd else number % 5}",
            "list_price": Decimal("39.90")
            if "one_price" in odd
            else Decimal(round(float(self.rng.lognormal(4, 0.8)) * 100) + 1) / 100,
            "style_tags": self.words(STYLES),
            "series_tags": self.words(SERIES),
            "season_start": season[0],
            "season_end": season[1],
            "is_clearance": "all_clearance" in odd or bool(self.rng.random() < 0.1),
            "is_cold_chain": "all_cold_chain" in odd or bool(self.rng.random() < 0.1),
            "launched_on": launched,
            "status": "withdrawn" if "withdrawn" in odd else "active",
            "updated_at": self.stamp(self.born),
        }

    def inventory(self) -> list[Row]:
        units = self.rng.integers(0, 200, self.shape.skus)
        units = (
            np.zeros_like(units)
            if "no_stock" in self.odd
            else np.minimum(units, 1)
            if "one_unit" in self.odd
            else units
        )
        return [
            {"sku_id": f"S{number:05d}", "as_of_date": LAST_DAY, "sellable_units": int(count)}
            for number, count in enumerate(units)
        ]

    def agents(self) -> list[Row]:
        return [self.agent(number) for number in range(self.shape.agents)]

    def agent(self, number: int) -> Row:
        odd = self.odd
        band = (Decimal("9000.00"), Decimal("9001.00")) if "nothing_suits" in odd else (None, Decimal("300.00"))
        band = (Decimal("0.00"), Decimal("0.00")) if "price_zero_band" in odd else band
        picky = 1.0 if "picky" in odd else self.pick((None, 0.3, 0.6))
        return {
            "agent_id": f"A{number:04d}",
            "joined_on": self.born,
            "status": "paused" if "paused_agents" in odd else "active",
            "price_min": None if "unknown_suits_all" in odd else band[0],
            "price_max": None if "unknown_suits_all" in odd else band[1],
            "min_satisfaction": None if "unknown_suits_all" in odd else picky,
            "max_landmine_probability": None if number % 3 or "unknown_suits_all" in odd else 0.05,
            "categories_wanted": [self.pick(CATEGORIES)],
            "categories_excluded": sorted({path.split("/")[0] for path in CATEGORIES}) if "excludes_all" in odd else [],
            "style_tags": self.words(STYLES),
            "series_tags": self.words(SERIES),
            "daily_slots": 100_000 if "huge_slots" in odd else 1 if "one_slot" in odd else int(self.rng.integers(1, 9)),
            "updated_at": self.stamp(self.born),
        }

    def groups(self) -> list[Row]:
        each = 0 if "no_groups" in self.odd else 3 if "many_groups" in self.odd else 1
        return [
            {
                "group_id": f"G{number:04d}{nth}",
                "agent_id": f"A{number:04d}",
                "member_count": 0 if "no_members" in self.odd else int(self.rng.integers(1, 300)),
                "opened_on": self.born,
                "updated_at": self.stamp(self.born),
            }
            for number in range(self.shape.agents)
            for nth in range(each)
        ]

    def orders(self) -> list[Row]:
        if "no_orders" in self.odd or not (self.shape.agents and self.shape.skus):
            return []
        days = [self.first + timedelta(days=nth) for nth in range(self.shape.days)]
        self.sold = [self.line(day, nth) for day in days for nth in range(self.shape.lines)]
        return self.sold

    def line(self, day: date, nth: int) -> Row:
        odd, number = self.odd, int(self.rng.integers(self.shape.agents))
        came = day + timedelta(days=2)
        if "one_day_old" in odd:
            came = day
        is_here = came <= LAST_DAY and "undelivered" not in odd
        status = "cancelled" if "cancelled" in odd else "delivered" if is_here else "paid"
        delivered = self.stamp(came, 12) if status == "delivered" else None
        group = None if {"no_groups", "one_group_id"} & odd else f"G{number:04d}0"
        return {
            "order_line_id": f"L{day:%m%d}{nth:05d}",
            "order_id": f"O{day:%m%d}{nth // 2:05d}",
            "ordered_at": self.stamp(day, 8),
            "agent_id": f"A{number:04d}",
            "group_id": group,
            "customer_id": "C0"
            if "one_customer" in odd
            else f"C{number * 1000 + int(self.rng.integers(max(self.shape.customers, 1)))}",
            "sku_id": f"S{int(self.shape.skus * self.rng.random() ** 2):05d}",
            "quantity": 5_000 if "wholesale" in odd else int(self.rng.integers(1, 3)),
            "unit_price": Decimal("0.00") if "free" in odd else Decimal("29.90"),
            "status": status,
            "delivered_at": delivered,
            "updated_at": delivered or self.stamp(day, 8),
        }

    def returns(self) -> list[Row]:
        if "no_returns" in self.odd:
            return []
        share = 1.0 if "all_returned" in self.odd else 0.0 if "kept_by_all" in self.odd else self.shape.returned
        back = [row for row in self.sold if row["delivered_at"] and self.rng.random() < share]
        return [row for row in map(self.back, back) if row["requested_at"].date() <= LAST_DAY]

    def back(self, line: Row) -> Row:
        asked = line["delivered_at"] + timedelta(
            days=0 if "one_day_old" in self.odd else int(self.rng.integers(0, 6)), hours=2
        )
        return {
            "return_id": f"R{line['order_line_id']}",
            "order_line_id": line["order_line_id"],
            "requested_at": asked,
            "quantity": line["quantity"],
            "reason_code": self.pick(REASONS),
            "refund_amount": line["unit_price"] * line["quantity"],
            "comment": None,
            "updated_at": asked,
        }

    def messages(self) -> list[Row]:
        if {"no_chat", "no_groups"} & self.odd or not self.shape.agents:
            return []
        days = [self.first + timedelta(days=nth) for nth in range(self.shape.days)]
        posts = 0 if {"no_posts", "groups_silent"} & self.odd else self.shape.posts
        said = 0 if {"only_agents_talk", "nobody_speaks"} & self.odd else self.shape.messages
        return [self.post(day, nth) for day in days for nth in range(posts)] + [
            self.voice(day, nth) for day in days for nth in range(said)
        ]

    def post(self, day: date, nth: int) -> Row:
        number = int(self.rng.integers(self.shape.agents))
        sku = f"S{int(self.rng.integers(self.shape.skus)):05d}" if self.shape.skus else None
        return self.message(f"P{day:%m%d}{nth:05d}", day, number, f"A{number:04d}", "agent", "今天新品，闭眼入", sku)

    def voice(self, day: date, nth: int) -> Row:
        odd, number = self.odd, int(self.rng.integers(self.shape.agents))
        texts = IDLE if "questions_only" in odd else (*GOOD, *BAD, *IDLE)
        text = "收到了，质量很好" if "one_text" in odd else self.pick(texts)
        text = (text * 3000)[:10_000] if "long_messages" in odd else text
        line = self.pick(self.sold) if self.sold and self.rng.random() < 0.7 else None
        who = line["customer_id"] if line else f"C{number * 1000}"
        number = int(line["agent_id"][1:]) if line else number
        sku = line["sku_id"] if line and self.rng.random() < 0.5 else None
        return self.message(f"M{day:%m%d}{nth:05d}", day, number, who, "customer", text, sku)

    def message(self, key: str, day: date, number: int, who: str, role: str, text: str, sku: str | None) -> Row:
        return {
            "message_id": key,
            "group_id": f"G{number:04d}0",
            "sender_id": who,
            "sender_role": role,
            "sent_at": self.stamp(day, 8 if role == "agent" else 14),
            "text": text,
            "sku_id": sku,
        }

    def overrides(self) -> list[Row]:
        action = {"all_banned": "ban", "all_pinned": "pin"}
        return [
            {
                "override_id": f"V{word[4:5]}{number:05d}",
                "sku_id": f"S{number:05d}",
                "action": action[word],
                "starts_on": self.first,
                "reason": "节日",
                "author": "王",
                "created_at": self.stamp(self.first),
            }
            for word in sorted(action.keys() & self.odd)
            for number in range(self.shape.skus)
        ]
