"""Holds the people of the demo platform: agents with personas, their groups, customers with tastes, couriers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.catalogue import DAY, NEVER, SERIES, STYLES, TASTE_FACTORS, PlatformCatalogue
from xuanpin.pipelines.demo.scale import Scale

CARRIERS = ("YD", "ZT", "SF", "JT", "YZ")
CARRIER_DAYS = np.array([2.6, 2.9, 1.5, 3.2, 3.8])
CARRIER_SHARES = np.array([0.32, 0.32, 0.18, 0.06, 0.12])
BAD_CARRIER = 3
NAME_PETS = (
    "小雨", "朵朵", "阿宁", "豆豆", "晴天", "糖糖", "静静", "老王", "毛毛", "安安",
    "橙子", "果果", "圆圆", "米粒", "可乐", "阿珍", "丽丽", "团子", "芊芊", "木木",
    "星星", "子涵", "浩浩", "乐乐", "小鱼", "桃子", "芳芳", "元宝", "叮当", "海燕",
)  # fmt: skip
NAME_ROLES = (
    "", "妈妈", "麻麻", "姐", "家的", "爱吃", "不吃辣", "在路上", "小铺", "宝妈",
    "同学", "阿姨", "2号楼", "今天也很好",
)  # fmt: skip


@dataclass
class Agents:
    """Hold agents and personas, one entry an agent.

    `joined_on`, `paused_on` and `left_on`: days of her status. Persona, shown: `price_min` and `price_max` (CNY),
    `min_satisfaction`, `wanted` and `excluded` (agent × category), `style`, `series` and `slots` a day. Hidden truth:
    `affinity` (agent × category), `commission_weight`, `overpromise` and `carrier`.
    """

    joined_on: Array
    paused_on: Array
    left_on: Array
    price_min: Array
    price_max: Array
    min_satisfaction: Array
    wanted: Array
    excluded: Array
    style: Array
    series: Array
    slots: Array
    affinity: Array
    commission_weight: Array
    overpromise: Array
    carrier: Array

    def __len__(self) -> int:
        return len(self.slots)

    def status(self, day: np.datetime64) -> Array:
        """Status code at the end of a day: 0 active, 1 paused, 2 left."""
        return np.where(
            self.left_on <= day, 2, np.where((self.paused_on <= day) & (day < self.paused_on + 10 * DAY), 1, 0)
        )

    def is_active(self, day: np.datetime64) -> Array:
        """Say which agents are active on `day`."""
        return np.asarray((self.status(day) == 0) & (self.joined_on <= day))


@dataclass
class Customers:
    """Hold customers and their memberships in groups; a few customers follow two agents.

    One entry a customer: `name`, `price_point` (log of 100 CNY), `taste` (factors), `is_serial_returner`,
    `visit_rate`. One entry a membership: `member_customer` and `member_group`. Tastes are hidden truth.
    """

    name: list[str]
    price_point: Array
    taste: Array
    is_serial_returner: Array
    visit_rate: Array
    member_customer: Array
    member_group: Array


@dataclass
class People:
    """Agents, groups (`group_agent`: agent of each group) and customers."""

    agents: Agents
    group_agent: Array
    customers: Customers


def draw_people(rng: np.random.Generator, scale: Scale, catalogue: PlatformCatalogue) -> People:
    """Draw agents, groups and customers of a platform of size `scale` by `rng`; personas follow the `catalogue`."""
    agents = _draw_agents(rng, scale, catalogue)
    second = np.flatnonzero(rng.random(scale.agents) < 0.2)
    group_agent = np.concatenate([np.arange(scale.agents), second])
    return People(agents, group_agent, _draw_customers(rng, scale, agents, group_agent))


def _draw_agents(rng: np.random.Generator, scale: Scale, catalogue: PlatformCatalogue) -> Agents:
    n, first = scale.agents, np.datetime64(scale.first_day, "D")
    price_point = np.exp(rng.normal(np.log(75.0), 0.45, n))
    wanted, excluded = _draw_wishes(rng, n, len(catalogue.categories))
    has_band = rng.random(n) < 0.7
    late = rng.random(n) < 0.2
    return Agents(
        joined_on=np.where(late, first + rng.integers(0, scale.days, n) * DAY, first - rng.integers(5, 400, n) * DAY),
        paused_on=np.where(rng.random(n) < 0.05, first + rng.integers(0, scale.days, n) * DAY, NEVER),
        left_on=np.where(rng.random(n) < 0.04, first + rng.integers(scale.days // 2, scale.days + 30, n) * DAY, NEVER),
        price_min=np.where(has_band, np.round(price_point * 0.3), np.nan),
        price_max=np.where(has_band, np.round(price_point * 3.2), np.nan),
        min_satisfaction=np.where(rng.random(n) < 0.35, np.round(rng.uniform(0.45, 0.65, n), 2), np.nan),
        wanted=wanted, excluded=excluded, style=rng.integers(0, len(STYLES), (n, 2)),
        series=rng.integers(0, len(SERIES), (n, 2)), slots=rng.integers(5, 11, n),
        affinity=0.5 * rng.normal(size=wanted.shape) + 0.7 * wanted - 0.8 * excluded,
        commission_weight=rng.gamma(1.2, 4.0, n), overpromise=np.where(rng.random(n) < 0.05, 0.12, 0.0),
        carrier=rng.choice(len(CARRIERS), n, p=CARRIER_SHARES),
    )  # fmt: skip


def _draw_wishes(rng: np.random.Generator, n: int, categories: int) -> tuple[Array, Array]:
    order = np.argsort(rng.random((n, categories)), axis=1)
    rank = np.argsort(order, axis=1)
    wanted = rank < rng.integers(2, max(3, categories // 4 + 1), (n, 1))
    excluded = rank >= categories - rng.integers(0, max(2, categories // 6), (n, 1))
    return wanted, excluded & ~wanted


def _draw_customers(rng: np.random.Generator, scale: Scale, agents: Agents, group_agent: Array) -> Customers:
    per_agent = np.maximum(4, rng.poisson(scale.customers_per_agent * rng.gamma(4.0, 0.25, scale.agents)))
    agent = np.repeat(np.arange(scale.agents), per_agent)
    n = len(agent)
    group = _pick_group(rng, agent, group_agent)
    also = np.flatnonzero(rng.random(n) < 0.04)
    other = rng.integers(0, len(group_agent), len(also))
    agent_taste = rng.normal(size=(scale.agents, TASTE_FACTORS))
    middle = np.where(np.isnan(agents.price_min), 75.0, agents.price_min / 0.3)
    names = [NAME_PETS[a] + NAME_ROLES[b] for a, b in rng.integers(0, (len(NAME_PETS), len(NAME_ROLES)), (n, 2))]
    return Customers(
        name=names,
        price_point=np.log(middle[agent]) + 0.35 * rng.normal(size=n),
        taste=0.8 * agent_taste[agent] + 0.6 * rng.normal(size=(n, TASTE_FACTORS)),
        is_serial_returner=rng.random(n) < 0.012,
        visit_rate=rng.gamma(3.0, 1.0 / 3.0, n),
        member_customer=np.concatenate([np.arange(n), also]),
        member_group=np.concatenate([group, other]),
    )


def _pick_group(rng: np.random.Generator, agent: Array, group_agent: Array) -> Array:
    """A group of the agent for each customer: half of a two-group agent's customers sit in her second group."""
    second = np.full(int(agent.max()) + 1, -1)
    extra = np.arange(len(second), len(group_agent))
    second[group_agent[extra]] = extra
    moved = (second[agent] >= 0) & (rng.random(len(agent)) < 0.5)
    return np.where(moved, second[agent], agent)


def may_sell(agents: Agents, catalogue: PlatformCatalogue) -> Array:
    """Return agents × SKUs: whether price band and excluded categories of the persona allow a SKU of `catalogue`."""
    yuan = catalogue.price / 100.0
    low = np.where(np.isnan(agents.price_min), 0.0, agents.price_min)[:, None]
    high = np.where(np.isnan(agents.price_max), np.inf, agents.price_max)[:, None]
    allowed: Array = (low <= yuan) & (yuan <= high) & ~agents.excluded[:, catalogue.category]
    return allowed


def persona_pull(agents: Agents, catalogue: PlatformCatalogue) -> Array:
    """Return agents × SKUs: how strongly a persona's wishes (categories, style, series) fit a SKU of `catalogue`."""
    agent, sku = np.arange(len(agents))[:, None], np.arange(len(catalogue))[None, :]
    series = (agents.series[:, None, :, None] == catalogue.series[None, :, None, :]).any(axis=(2, 3))
    pull: Array = 0.9 * agents.wanted[agent, catalogue.category[sku]] + 0.4 * series
    pull += 0.6 * style_match(agents, catalogue, agent, sku)
    return pull.astype(np.float32)


def style_match(agents: Agents, catalogue: PlatformCatalogue, agent: Array, sku: Array) -> Array:
    """Say whether a styled SKU of `catalogue` shares a style with the agent; `agent` and `sku` broadcast."""
    shared = (agents.style[agent][..., :, None] == catalogue.style[sku][..., None, :]).any(axis=(-2, -1))
    matched: Array = shared & catalogue.field("is_styled")[sku]
    return matched
