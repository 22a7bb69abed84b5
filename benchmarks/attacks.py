"""Attacks on a demo platform's list, as rows that a liar could send in: fake orders, returns, messages and products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import pandas as pd

from benchmarks.trust_platform import Platform, Rows
from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY

COMPLAINTS = (
    "质量太差了，用了一次就坏",
    "跟图片完全不一样，后悔买了",
    "太失望了，再也不买",
    "做工很差，已经退货了",
    "不好用，踩雷",
)
PRAISE = ("质量特别好，强烈推荐", "非常满意，已经回购", "真的很好用，值得买", "全家都喜欢，很棒", "比想象中好太多了")


@dataclass
class Sent:
    """Collect the rows of one attack by table, with ids that no honest row has."""

    platform: Platform
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def order(self, account: str, sku: pd.Series, place: pd.Series, days_ago: int) -> str:
        """Let an `account` buy one unit of a `sku` at a `place`, delivered two days later; return the line's id."""
        ordered = moment(days_ago)
        delivered = ordered + timedelta(days=2)
        line = self._next("orders", "ZL")
        self._add(
            "orders",
            order_line_id=line, order_id=line.replace("ZL", "ZO"), ordered_at=ordered, agent_id=place["agent_id"],
            group_id=place["group_id"], customer_id=account, customer_name=None, sku_id=sku["sku_id"], quantity=1,
            unit_price=str(sku["list_price"]), status="delivered",
            delivered_at=delivered, carrier_id=None, updated_at=delivered,
        )  # fmt: skip
        return line

    def send_back(self, line: str, sku: pd.Series, days_ago: int) -> None:
        """The buyer of a `line` of a `sku` asks to send it back for its quality."""
        self._add(
            "returns",
            return_id=self._next("returns", "ZR"), order_line_id=line, requested_at=moment(days_ago), quantity=1,
            reason_code="quality", refund_amount=str(sku["list_price"]), comment=None, updated_at=moment(days_ago),
        )  # fmt: skip

    def say(self, account: str, sku_id: str, group_id: str, text: str, days_ago: int) -> None:
        """An `account` writes a `text` below the card of a SKU in a group."""
        number = len(self.rows.get("chat_messages", ()))
        self._add(
            "chat_messages",
            message_id=self._next("chat_messages", "ZM"), group_id=group_id, sender_id=account,
            sender_role="customer", sent_at=moment(days_ago) + timedelta(seconds=17 * (number % 2_000)), text=text,
            sku_id=sku_id, reply_to_message_id=None,
        )  # fmt: skip

    def product(self, sku: pd.Series, **changes: Any) -> None:
        """A supplier lists a product like `sku` with some `changes`, in stock since three days."""
        launched = LAST_HISTORY_DAY - timedelta(days=3)
        stamps = {"status": "active", "launched_on": launched, "updated_at": moment(3)}
        row = {**{str(name): value for name, value in sku.items()}, **stamps, **changes}
        row["list_price"] = str(row["list_price"])
        row["style_tags"], row["series_tags"] = list(row["style_tags"]), list(row["series_tags"])
        self._add("products", **row)
        self._add("inventory", sku_id=row["sku_id"], as_of_date=LAST_HISTORY_DAY, sellable_units=500)

    def _next(self, table: str, prefix: str) -> str:
        return f"{prefix}{len(self.rows.get(table, ())):06d}"

    def _add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)


def moment(days_ago: int) -> datetime:
    """Return ten in the morning so many days before the last day."""
    return datetime.combine(LAST_HISTORY_DAY - timedelta(days=days_ago), time(10), BEIJING)


def products(platform: Platform, sku_ids: Sequence[str]) -> list[pd.Series]:
    """Return the newest catalogue row of each of `sku_ids`, in their order."""
    rows = platform.table(
        "select sku_id, spu_id, title, category, brand, supplier_id, list_price, style_tags, series_tags, "
        "is_clearance, is_cold_chain from source.products "
        "qualify row_number() over (partition by sku_id order by updated_at desc) = 1"
    ).set_index("sku_id", drop=False)
    return [rows.loc[[sku_id]].iloc[0] for sku_id in sku_ids]


def places(platform: Platform) -> pd.DataFrame:
    """Return the groups of active agents, one a row and agent, in the order of the agents."""
    return platform.table(
        "select agent_id, min(group_id) as group_id from source.groups "
        "where agent_id in (select agent_id from source.agents where status = 'active') group by agent_id order by 1"
    )


def brushed(platform: Platform, targets: Sequence[str], accounts: int, orders: int) -> Rows:
    """New `accounts` buy each target, `orders` in all, keep them, and praise it."""
    sent, here = Sent(platform), places(platform)
    for place, sku in enumerate(products(platform, targets)):
        for number in range(orders):
            account = f"ZB{place}-{number % accounts}"
            sent.order(account, sku, here.iloc[place], 20 - number % 14)
        for number in range(accounts):
            sent.say(f"ZB{place}-{number}", sku["sku_id"], here.iloc[place]["group_id"], PRAISE[number % 5], 1)
    return sent.rows


def buyers_complain(platform: Platform, targets: Sequence[str], complaints: int) -> Rows:
    """As many real buyers of each target complain once each within three days, those first who got it last."""
    sent = Sent(platform)
    lines = platform.table(
        "select sku_id, customer_id, max(group_id) as group_id, max(delivered_at) as delivered_at from source.orders "
        f"where delivered_at <= timestamptz '{moment(3).isoformat()}' "
        f"and delivered_at > timestamptz '{moment(24).isoformat()}' and group_id is not null "
        "and order_line_id not in (select order_line_id from source.returns) "
        "group by sku_id, customer_id order by delivered_at desc, customer_id"
    )
    for sku_id in targets:
        for number, line in enumerate(lines[lines["sku_id"] == sku_id].head(complaints).itertuples()):
            sent.say(str(line.customer_id), sku_id, str(line.group_id), COMPLAINTS[number % 5], number % 3)
    return sent.rows


def bought_and_sent_back(platform: Platform, targets: Sequence[str], accounts: int) -> Rows:
    """New `accounts` buy each target once, send it back for its quality and complain."""
    sent, here = Sent(platform), places(platform)
    for place, sku in enumerate(products(platform, targets)):
        for number in range(accounts):
            account, spot = f"ZK{place}-{number}", here.iloc[(place + number) % len(here)]
            line = sent.order(account, sku, spot, 9 - number % 4)
            sent.send_back(line, sku, 3 - number % 3)
            sent.say(account, sku["sku_id"], spot["group_id"], COMPLAINTS[number % 5], 2 - number % 3)
    return sent.rows


def strangers_write(platform: Platform, targets: Sequence[str], accounts: int, texts: Sequence[str]) -> Rows:
    """As many accounts that never bought anything write one of `texts` on each target, over five days."""
    sent, here = Sent(platform), places(platform)
    for place, sku_id in enumerate(targets):
        for number in range(accounts):
            spot = here.iloc[number % len(here)]["group_id"]
            sent.say(f"ZS{place}-{number}", sku_id, spot, f"{texts[number % 5]}{'。' * (number % 3)}", number % 5)
    return sent.rows


def renamed(platform: Platform, targets: Sequence[str], how: Callable[[pd.Series], dict[str, str]]) -> Rows:
    """A supplier offers each target again under the new id `N` + its id, changed as `how` says."""
    sent = Sent(platform)
    for sku in products(platform, targets):
        sent.product(sku, sku_id=f"N{sku['sku_id']}", **how(sku))
    return sent.rows


def ring(
    platform: Platform, targets: Sequence[str], accounts: int, agents: int, kill: bool, mixed: bool = False
) -> Rows:
    """A closed ring of `agents` and their real-looking `accounts` lists each target, or kills it.

    Every account is two months old, has bought four other SKUs from two agents and kept them, buys the target once at
    its price in the last two weeks, and keeps and praises it, or sends it back and complains. `mixed` accounts are
    three to eleven weeks old and have one to eleven other lines.
    """
    sent, here = Sent(platform), places(platform)
    others = products(platform, platform.clean.scores["sku_id"].iloc[::9].tolist())
    for place, sku in enumerate(products(platform, targets)):
        for number in range(accounts):
            account, seat = f"ZG{place}-{number}", (7 * place + number % agents) % len(here)
            for step in range(1 + 7 * number % 11 if mixed else 4):
                spot = here.iloc[(seat + (step == 3)) % len(here)]
                opened = 24 + 17 * number % 55 if mixed else 60 - number % 7
                days = max(opened - (3 if mixed else 13) * step, 17)
                sent.order(account, others[(5 * place + 3 * number + step) % len(others)], spot, days)
            line = sent.order(account, sku, here.iloc[seat], 16 - number % 9)
            if kill:
                sent.send_back(line, sku, 5 - number % 5)
            texts = COMPLAINTS if kill else PRAISE
            sent.say(account, sku["sku_id"], here.iloc[seat]["group_id"], texts[number % 5], number % 5)
    return sent.rows
