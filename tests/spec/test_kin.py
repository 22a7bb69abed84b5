"""A SKU keeps its past under a new name: which SKUs are kin, what follows for the new ones, and when it ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support.scoring_world import LAST_DAY, Catalogue, Lines, draw_catalogue, draw_lines, open_world, score
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts.reason_codes import parse_reason

pytestmark = pytest.mark.whole

Row = dict[str, Any]

BAD, GOOD = 7, 8
"""Rows of the catalogue with a known past: regretted every other time, and one time in fifty."""
TITLES = {BAD: "禾小作 云柔棉柔巾 六包", GOOD: "山禾作 垂坠阔腿裤 九分"}
KINDS: Row = {"category": "部门0/品类0", "supplier_id": "SP0001", "list_price": 50.0}


def catalogue_with(*new: Row) -> Catalogue:
    """A catalogue of 120 SKUs, two of them with the titles above, and SKUs that nobody has bought yet."""
    drawn = draw_catalogue(np.random.default_rng(1), 120, categories=3, suppliers=8)
    titles = [TITLES.get(row, title) for row, title in enumerate(drawn.products["title"])]
    products = drawn.products.assign(title=titles)
    for row, name in ((BAD, "bad"), (GOOD, "good")):
        known = KINDS | {"spu_id": f"P-{name}", "image_url": f"https://img.cn/{name}.jpg"}
        products.loc[row, list(known)] = list(known.values())
    plain: Row = {
        "spu_id": None,
        "image_url": None,
        "brand": "某牌",
        "launched_on": LAST_DAY,
        "sellable_units": 100,
    } | KINDS
    rows = [plain | {"sku_id": f"S{len(products) + number:06d}"} | own for number, own in enumerate(new)]
    regret = np.append(drawn.regret, np.full(len(new), 0.05))
    regret[[BAD, GOOD]] = 0.5, 0.02
    everything = pd.concat([products, pd.DataFrame(rows, columns=products.columns)], ignore_index=True)
    return Catalogue(everything, regret, np.append(drawn.category_regret, np.full(len(new), 0.05)))


def lines_of(catalogue: Catalogue, new: int, own: int = 0, rate: float = 0.0) -> Lines:
    """120 lines of each old SKU in 90 days; of the first new SKU `own` lines that are regretted at `rate`."""
    old = len(catalogue.regret) - new
    sku = np.concatenate([np.repeat(np.arange(old), 120), np.full(own, old)])
    age = np.concatenate([np.tile(np.arange(120) % 90, old), 30 + np.arange(own) % 30])
    return Lines(sku, age, np.where(sku == old, rate, catalogue.regret[sku]))


def scored(folder: Path, *new: Row, own: int = 0, rate: float = 0.0) -> list[Row]:
    """The scores of the new SKUs, one row each."""
    catalogue = catalogue_with(*new)
    night = open_world(folder, np.random.default_rng(3), catalogue, lines_of(catalogue, len(new), own, rate))
    score(night)
    found = sku_scores(night)
    night.engine.close()
    return found[-len(new) :]


def sku_scores(night: Night) -> list[Row]:
    rows: list[Row] = night.engine.query("select * from night.sku_scores order by sku_id").to_pylist()
    return rows


def past_of(row: Row) -> dict[str, str]:
    return dict(map(parse_reason, row["score_reasons"])).get("history_of", {})


RENAMES: dict[str, Row] = {
    "same SPU and title": {"title": TITLES[BAD], "spu_id": "P-bad"},
    "new SPU": {"title": TITLES[BAD], "spu_id": "P-new"},
    "one character more": {"title": "禾小作 云柔棉柔巾新 六包"},
    "one character other": {"title": "禾小作 云柔棉纱巾 六包"},
    "another pack": {"title": "禾小作 云柔棉柔巾 十二包装"},
    "ornament": {"title": "🌸禾 小 作【云柔】棉柔巾！"},
    "another script": {"title": "禾小作 雲柔棉柔巾 六包"},
    "words before it": {"title": "正品保证 全国包邮 禾小作云柔棉柔巾"},
    "the picture alone": {"title": "婴童湿厕纸", "image_url": "http://img.cn/bad.jpg?x=1"},
    "the picture, by another supplier": {
        "title": "婴童湿厕纸",
        "image_url": "//img.cn/bad.jpg",
        "supplier_id": "SP0002",
    },
    "the SPU alone": {"title": "婴童湿厕纸", "spu_id": "P-bad"},
}
OTHERS: dict[str, Row] = {
    "another good": {"title": "婴童湿厕纸", "spu_id": "P-new", "image_url": "https://img.cn/new.jpg"},
    "another supplier's like title": {"title": TITLES[BAD], "supplier_id": "SP0002"},
}


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """Each rename in one catalogue; none of them has a line, so that none is another's kin."""
    found = scored(tmp_path_factory.mktemp("renamed"), *RENAMES.values(), *OTHERS.values())
    return dict(zip([*RENAMES, *OTHERS], found, strict=True))


@pytest.mark.parametrize("how", RENAMES)
def test_a_renamed_landmine_stays_gated_and_says_whose_past_it_has(renamed: dict[str, Row], how: str) -> None:
    row = renamed[how]
    assert row["is_gated"] and row["landmine_probability"] > 0.9
    assert past_of(row)["sku"] == f"S{BAD:06d}"
    assert int(past_of(row)["lines"]) == 120 and float(past_of(row)["regret_rate"]) > 0.3


@pytest.mark.parametrize("how", OTHERS)
def test_other_goods_start_from_their_kind(renamed: dict[str, Row], how: str) -> None:
    assert renamed[how]["landmine_probability"] < 0.5
    assert past_of(renamed[how]) == {}
    assert "rests_on_prior" in dict(map(parse_reason, renamed[how]["score_reasons"]))


def test_a_variant_of_a_good_sku_starts_better_than_its_kind_and_not_as_good_as_proven(tmp_path: Path) -> None:
    new = {"title": "山禾作 垂坠阔腿裤 长款", "spu_id": "P-good"}, {"title": "婴童湿厕纸"}
    variant, other = scored(tmp_path, *new)
    assert past_of(variant)["sku"] == f"S{GOOD:06d}"
    assert 0.025 < variant["regret_rate"] < other["regret_rate"]
    assert variant["regret_rate_upper"] > 0.08


def test_a_bad_sku_of_a_good_name_is_found_out_as_soon_as_any(tmp_path: Path) -> None:
    """Twelve lines of which most are regretted: a good past must not hide them."""
    (named,) = scored(tmp_path / "named", {"title": TITLES[GOOD], "spu_id": "P-good"}, own=12, rate=0.7)
    (alone,) = scored(tmp_path / "alone", {"title": "婴童湿厕纸"}, own=12, rate=0.7)
    assert past_of(named)["sku"] == f"S{GOOD:06d}"
    assert named["is_gated"] and alone["is_gated"]


@pytest.mark.parametrize(("own", "is_gated"), [(0, True), (10, True), (100, False)])
def test_a_variant_that_proves_itself_is_freed_of_a_bad_past(tmp_path: Path, own: int, is_gated: bool) -> None:
    (found,) = scored(tmp_path, {"title": TITLES[BAD]}, own=own, rate=0.0)
    assert found["is_gated"] is is_gated


def test_a_name_between_washes_nothing(tmp_path: Path) -> None:
    """The second name has two clean lines; the third is nearer to it than to the first."""
    second, third = {"title": "禾小作 云柔棉柔巾新 六包"}, {"title": "禾小作 云柔棉柔巾新新 六包"}
    found = scored(tmp_path, second, third, own=2, rate=0.0)
    assert [row["is_gated"] for row in found] == [True, True]


def test_the_twin_of_a_sku_that_has_turned_bad_is_as_bad(tmp_path: Path) -> None:
    new = {"title": "山禾作 垂坠阔腿裤 九分 加厚"}
    catalogue = catalogue_with(new)
    lines = lines_of(catalogue, 1)
    turned = replace(lines, rate=np.where((lines.sku == GOOD) & (lines.age < 30), 0.9, lines.rate))
    night = open_world(tmp_path, np.random.default_rng(3), catalogue, turned, delay_mean=3.0)
    score(night)
    found = sku_scores(night)
    assert [found[row]["is_gated"] for row in (GOOD, -1)] == [True, True]


def test_what_nobody_likes_is_liked_no_better_under_another_name(tmp_path: Path) -> None:
    """Buyers keep their lines and write that they do not like them; no rate of returns tells of it."""
    catalogue = catalogue_with({"title": TITLES[GOOD]}, {"title": "婴童湿厕纸"})
    night = open_world(tmp_path, np.random.default_rng(3), catalogue, lines_of(catalogue, 2))
    votes = [(f"S{row:06d}", 5.0 if row == GOOD else 50.0, 60.0) for row in range(60)]
    for sku_id, happy, kept in votes:
        night.engine.execute(VOTE, sku_id=sku_id, happy=happy, kept=kept)
    score(night)
    found = sku_scores(night)
    known, twin, other = (found[row]["happy_if_kept"] for row in (GOOD, -2, -1))
    assert known < 0.3 and twin < 0.4 < other


VOTE = """
insert into night.int_window_mentions by name
select sku_id, order_line_id as sender_key, order_line_id, 'feedback' as kind,
    cast(case when n <= $happy then 1 else 0 end as double) as satisfaction,
    cast(1 as double) as trust_weight, cast(1 as double) as attribution_confidence
from (
    select sku_id, order_line_id, row_number() over (order by order_line_id) as n
    from history.order_line_timeline where sku_id = $sku_id and return_requested_on is null
)
where n <= $kept
"""


def kin_of(night: Night) -> list[tuple[str, str, str]]:
    rows = night.engine.read("night.int_kin", order_by=["sku_id", "kin_by", "kin_sku_id"]).to_pylist()
    return [(row["sku_id"], row["kin_sku_id"], row["kin_by"]) for row in rows]


def test_only_kin_with_more_lines_or_a_ban_are_kin(tmp_path: Path) -> None:
    catalogue = catalogue_with({"title": TITLES[BAD]}, {"title": TITLES[BAD]})
    night = open_world(tmp_path, np.random.default_rng(3), catalogue, lines_of(catalogue, 2, own=3))
    score(night)
    first, second, bad = "S000120", "S000121", f"S{BAD:06d}"
    assert kin_of(night) == [(first, bad, "title"), (second, bad, "title"), (second, first, "title")]
    night.engine.execute(
        f"insert into night.stg_overrides (override_id, sku_id, action) values ('O1', '{second}', 'ban')"
    )
    score(night)
    assert (first, second, "title") in kin_of(night)


def test_a_picture_of_very_many_suppliers_makes_no_kin(tmp_path: Path) -> None:
    stock = [{"title": f"货品{name}甲乙", "supplier_id": f"SP{row:04d}", "image_url": "https://img.cn/bad.jpg"}
             for row, name in enumerate("东南西北中上")]  # fmt: skip
    catalogue = catalogue_with(*stock)
    night = open_world(tmp_path, np.random.default_rng(3), catalogue, lines_of(catalogue, len(stock)))
    score(night)
    assert [row for row in kin_of(night) if row[2] == "image"] == []


def test_a_catalogue_without_kin_is_scored_as_before(tmp_path: Path) -> None:
    rng = np.random.default_rng(51)
    catalogue = draw_catalogue(rng, 150, categories=3, suppliers=8)
    night = open_world(tmp_path, rng, catalogue, draw_lines(rng, catalogue, 6_000, 90))
    score(night)
    assert kin_of(night) == []
    kin = night.engine.query("select distinct kin_by, kin_sku_id, kin_lines from night.int_sku_estimates").to_pylist()
    assert kin == [{"kin_by": "", "kin_sku_id": "", "kin_lines": 0}]
