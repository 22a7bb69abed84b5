"""Builds the platform's export rows as Arrow tables: ids as text, money as decimals, naive Beijing times."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.catalogue import NEVER, SERIES, STYLES
from xuanpin.pipelines.demo.choices import ANSWERS
from xuanpin.pipelines.demo.outcomes import REASONS, STATUSES
from xuanpin.pipelines.demo.people import CARRIERS
from xuanpin.pipelines.demo.refusing import REASONS as DECLINES
from xuanpin.pipelines.demo.world import Columns, World, day_number

ID_WIDTHS = {"S": 5, "P": 5, "V": 4, "A": 5, "G": 5, "C": 6, "L": 8, "O": 8, "R": 7, "M": 8}
STATES = ("active", "paused", "withdrawn")
AGENT_STATES = ("active", "paused", "left")
RETURN_COMMENTS = {
    "quality": ("用了没几天就坏", "做工有问题", "质量不行"), "not_as_described": ("和图片不一样", "描述不符", "色差大"),
    "damaged": ("收到时已经破损", "外箱压烂", "漏液"), "spoiled": ("坏了好几个", "不新鲜", "有异味"),
    "wrong_size": ("尺码不合", "偏小", "偏大"), "late": ("等太久", "到货太慢"), "changed_mind": ("不想要了", "买重了"),
    "other": ("",),
}  # fmt: skip
DECLINE_COMMENTS = {
    "price": ("价格有点高", "我群里卖不动这个价"), "style": ("不是我的风格", "不太搭"),
    "not_my_groups": ("群里没人买这个", "我的群用不上"), "doubt_quality": ("感觉做工不行", "怕翻车", "之前有人说不好"),
    "posted_lately": ("前两天刚发过",), "sold_out_before": ("上次没货了",), "other": ("今天先不发",),
}  # fmt: skip


def ids(prefix: str, numbers: Array) -> pa.Array:
    """Return ids such as S00012 from numbers, with `prefix` before them; a negative number is a null."""
    digits = pc.utf8_lpad(pa.array(numbers, mask=numbers < 0).cast(pa.string()), ID_WIDTHS[prefix], "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def decimals(units: Array, precision: int, scale: int) -> pa.Array:
    """Return exact decimals from whole `units` of the last place (cents for scale 2); NaN is a null.

    `precision` and `scale` are those of the decimal type.
    """
    missing = np.isnan(units) if units.dtype.kind == "f" else np.zeros(len(units), dtype=bool)
    low = np.where(missing, 0, units).astype(np.int64)
    words = np.stack([low, low >> 63], axis=1)
    filled = pa.Array.from_buffers(pa.decimal128(precision, scale), len(low), [None, pa.py_buffer(words.tobytes())])
    return pc.if_else(pa.array(missing), pa.scalar(None, filled.type), filled)


def words(options: tuple[str, ...] | list[str], codes: Array) -> pa.Array:
    """Return the one of `options` with each of `codes`; a negative code is a null."""
    return pa.array(options).take(pa.array(codes, mask=codes < 0))


def word_lists(options: tuple[str, ...], codes: Array, shown: Array) -> pa.Array:
    """Return a sorted list of distinct `options` for each row of `codes`, empty where it is not `shown`."""
    lists = [sorted({options[c] for c in row}) if show else [] for row, show in zip(codes, shown, strict=True)]
    return pa.array(lists, pa.list_(pa.string()))


def dates(values: Array) -> pa.Array:
    """Return `values` as dates, with the two far ends of time as nulls."""
    return pa.array(values, mask=(values == np.datetime64("1970-01-01")) | (values == NEVER))


def moments(day: np.datetime64, seconds: Array) -> Array:
    """Return instants on `day`, so many `seconds` after midnight."""
    return np.asarray(day.astype("datetime64[s]") + seconds.astype("timedelta64[s]"))


def product_rows(world: World, day: np.datetime64) -> pa.Table:
    """Products that entered the exports on a day or whose state or price changed since the day before."""
    catalogue, announced, before = world.catalogue, world.announced_on(), day - 1
    changed = (catalogue.status(day) != catalogue.status(before)) | (
        catalogue.price_cents(day) != catalogue.price_cents(before)
    )
    sku = np.flatnonzero((announced == day) | ((announced < day) & changed))
    stamp = np.where(announced == day, np.minimum(catalogue.launched_on, day), day)[sku]
    return pa.table({
        "sku_id": ids("S", sku), "spu_id": ids("P", catalogue.spu[sku]),
        "title": pa.array([catalogue.title[s] for s in sku], pa.string()),
        "category": words([c.path for c in catalogue.categories], catalogue.category[sku]),
        "brand": pa.array([catalogue.brand[s] for s in sku], pa.string()),
        "supplier_id": ids("V", catalogue.supplier[sku]),
        "list_price": decimals(catalogue.price_cents(day)[sku], 12, 2),
        "style_tags": word_lists(STYLES, catalogue.style[sku], catalogue.field("is_styled")[sku]),
        "series_tags": word_lists(SERIES, catalogue.series[sku], np.ones(len(sku), dtype=bool)),
        "season_start": dates(catalogue.season_start[sku]), "season_end": dates(catalogue.season_end[sku]),
        "is_clearance": catalogue.is_clearance[sku], "is_cold_chain": catalogue.field("is_cold_chain")[sku],
        "launched_on": pa.array(catalogue.launched_on[sku]), "status": words(STATES, catalogue.status(day)[sku]),
        "commission_rate": decimals(np.round(catalogue.commission[sku] * 1e4).astype(np.int64), 5, 4),
        "updated_at": stamp.astype("datetime64[s]") + np.timedelta64(6 * 3600, "s"),
    })  # fmt: skip


def inventory_rows(world: World, day: np.datetime64) -> pa.Table:
    """Sellable units of every SKU in the exports at the end of a day, until a month after its withdrawal."""
    sku = np.flatnonzero((world.announced_on() <= day) & (day < world.catalogue.withdrawn_on + 30))
    return pa.table({
        "sku_id": ids("S", sku), "as_of_date": pa.array(np.full(len(sku), day)),
        "sellable_units": world.state.stock[sku],
    })  # fmt: skip


def agent_rows(world: World, day: np.datetime64) -> pa.Table:
    """Agents that joined on a day (all earlier ones on the first) or whose status changed."""
    agents, catalogue = world.people.agents, world.catalogue
    entered = np.maximum(agents.joined_on, world.first_day)
    changed = agents.status(day) != agents.status(day - 1)
    agent = np.flatnonzero((entered == day) | ((entered < day) & changed))
    everyone = np.ones(len(agent), dtype=bool)
    paths = [c.path for c in catalogue.categories]
    return pa.table({
        "agent_id": ids("A", agent), "joined_on": pa.array(agents.joined_on[agent]),
        "status": words(AGENT_STATES, agents.status(day)[agent]),
        "price_min": decimals(agents.price_min[agent] * 100, 12, 2),
        "price_max": decimals(agents.price_max[agent] * 100, 12, 2),
        "min_satisfaction": pa.array(agents.min_satisfaction[agent], mask=np.isnan(agents.min_satisfaction[agent])),
        "categories_wanted": _named(paths, agents.wanted[agent]),
        "categories_excluded": _named(paths, agents.excluded[agent]),
        "style_tags": word_lists(STYLES, agents.style[agent], everyone),
        "series_tags": word_lists(SERIES, agents.series[agent], everyone),
        "daily_slots": agents.slots[agent].astype(np.int32),
        "updated_at": moments(day, np.full(len(agent), 600)),
    })  # fmt: skip


def _named(names: list[str], chosen: Array) -> pa.Array:
    return pa.array([[names[i] for i in np.flatnonzero(row)] for row in chosen], pa.list_(pa.string()))


def group_rows(world: World, day: np.datetime64) -> pa.Table:
    """Groups of agents that joined on a day; on Mondays every group again with its new member count."""
    people = world.people
    joined = people.agents.joined_on[people.group_agent]
    entered = np.maximum(joined, world.first_day)
    weekly = (day_number(day) + 3) % 7 == 0
    group = np.flatnonzero((entered == day) | ((entered < day) & weekly))
    members = np.bincount(people.customers.member_group, minlength=len(people.group_agent))[group]
    age = (day - entered[group]).astype(np.int64)
    return pa.table({
        "group_id": ids("G", group), "agent_id": ids("A", people.group_agent[group]),
        "member_count": (members * 13 // 10 + age // 5).astype(np.int32), "opened_on": pa.array(joined[group]),
        "updated_at": moments(day, np.full(len(group), 900)),
    })  # fmt: skip


def order_rows(world: World, orders: Columns) -> pa.Table:
    """Return versions of order lines (`orders`) as the platform exports them."""
    names = world.people.customers.name
    return pa.table({
        "order_line_id": ids("L", orders["line"]), "order_id": ids("O", orders["order"]),
        "ordered_at": orders["ordered_at"], "agent_id": ids("A", orders["agent"]),
        "group_id": ids("G", orders["group"]),
        "customer_id": ids("C", orders["customer"]),
        "customer_name": pa.array([names[c] for c in orders["customer"]], pa.string()),
        "sku_id": ids("S", orders["sku"]), "quantity": orders["quantity"].astype(np.int32),
        "unit_price": decimals(orders["price"], 12, 2), "status": words(STATUSES, orders["status"]),
        "delivered_at": orders["delivered_at"], "carrier_id": words(CARRIERS, orders["carrier"]),
        "updated_at": orders["updated_at"],
    })  # fmt: skip


def return_rows(returns: Columns) -> pa.Table:
    """Versions of returns: asked for with no refund yet, then refunded."""
    reasons = [REASONS[r] for r in returns["reason"]]
    options = [RETURN_COMMENTS[r] for r in reasons]
    comments = [c[n % len(c)] or None for c, n in zip(options, returns["return"].tolist(), strict=True)]
    return pa.table({
        "return_id": ids("R", returns["return"]), "order_line_id": ids("L", returns["line"]),
        "requested_at": returns["requested_at"], "quantity": returns["quantity"].astype(np.int32),
        "reason_code": pa.array(reasons, pa.string()), "refund_amount": decimals(returns["refund"], 12, 2),
        "comment": pa.array(comments, pa.string()),
        "updated_at": returns["updated_at"],
    })  # fmt: skip


def answer_rows(answers: Columns) -> pa.Table:
    """Return what agents say to their matches (`answers`) as the platform exports it; one in four adds a few words."""
    options = [DECLINE_COMMENTS[DECLINES[r]] if r >= 0 else ("",) for r in answers["reason"].tolist()]
    number = (answers["agent"] * 31 + answers["sku"]).tolist()
    comments = [c[n // 4 % len(c)] if n % 4 == 0 else "" for c, n in zip(options, number, strict=True)]
    return pa.table({
        "list_date": pa.array(answers["list_date"]), "agent_id": ids("A", answers["agent"]),
        "sku_id": ids("S", answers["sku"]), "answer": words(ANSWERS, answers["answer"]),
        "reason_code": words(DECLINES, answers["reason"]),
        "comment": pa.array([c or None for c in comments], pa.string()),
        "updated_at": answers["updated_at"],
    })  # fmt: skip
