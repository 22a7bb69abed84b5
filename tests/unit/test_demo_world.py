"""The demo platform: repeatable, consistent with its truth, plausible, and only as dirty as it says."""

from __future__ import annotations

import copy
import csv
import gzip
import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from xuanpin.pipelines.contracts import OPTIONAL, source_contracts
from xuanpin.pipelines.demo.baselines import BASELINES, perfect_matches
from xuanpin.pipelines.demo.bulk import BulkHistory
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, TINY, Scale
from xuanpin.pipelines.demo.simulate import live_day, outcome, write_day, write_history
from xuanpin.pipelines.demo.talk import dice, fill, opinion, phrases
from xuanpin.pipelines.demo.world import World, concatenate

SMALL = Scale(agents=24, skus=240, days=35, order_lines=6_000)


def read_drop(path: Path) -> pd.DataFrame:
    """One drop as text columns, whatever its format."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return pd.DataFrame(
            {name: [None if v is None else str(v) for v in table[name].to_pylist()] for name in table.column_names}
        )
    data = path.read_bytes()
    if path.name.endswith(".jsonl.gz"):
        return pd.DataFrame([json.loads(line) for line in gzip.decompress(data).decode().splitlines()]).astype(str)
    text = gzip.decompress(data).decode("gb18030") if path.suffix == ".gz" else data.decode("utf-8-sig")
    return pd.DataFrame(list(csv.DictReader(io.StringIO(text, newline=""))))


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


Small = tuple[World, Path, Path]
"""A world, the folder of its sources and that of its truth."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """A small platform with its history: the world, the folder of sources and the folder of truth."""
    root = tmp_path_factory.mktemp("small")
    world = World(11, SMALL)
    write_history(world, root / "sources")
    return world, root / "sources", root / "truth"


@pytest.fixture(scope="module")
def tables(small: Small) -> dict[str, pd.DataFrame]:
    """All drops of every source table, as text."""
    _, sources, _ = small
    return {
        folder.name: pd.concat(
            [read_drop(path).assign(drop=path.name) for path in sorted(folder.iterdir())], ignore_index=True
        )
        for folder in sources.iterdir()
    }


def truth(small: Small, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = pq.read_table(small[2] / f"{name}.parquet").to_pandas()
    return frame


def test_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_history(World(seed, TINY), tmp_path / name / "sources", days=8)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert digest(tmp_path / "a").keys() & digest(tmp_path / "c").keys()
    assert digest(tmp_path / "a") != digest(tmp_path / "c")


def test_a_history_goes_on_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    whole, parts = World(3, TINY), World(3, TINY)
    write_history(whole, tmp_path / "whole" / "sources", days=6)
    write_history(parts, tmp_path / "parts" / "sources", days=5)
    write_day(parts, tmp_path / "parts" / "sources", TINY.first_day + timedelta(days=5), None)
    assert digest(tmp_path / "whole" / "sources") == digest(tmp_path / "parts" / "sources")


def test_every_source_table_and_every_format_is_there(small: Small, tables: dict[str, pd.DataFrame]) -> None:
    names = {"products", "inventory", "agents", "groups", "orders", "returns", "chat_messages", "overrides"}
    assert set(tables) == names
    assert {"".join(Path(drop).suffixes) for drop in tables["orders"]["drop"]} == {
        ".parquet",
        ".csv",
        ".csv.gz",
        ".jsonl.gz",
    }


def test_drops_carry_the_columns_of_the_contracts_that_all_releases_have(tables: dict[str, pd.DataFrame]) -> None:
    for contract in source_contracts():
        if contract.name in OPTIONAL[1:]:  # the demo's agents post and say nothing, its suppliers state stock alone
            continue
        columns = {column.name for column in contract.columns if column.added_in is None}
        assert set(tables[contract.name]) - {"drop"} == columns, contract.name


def test_facts_refer_to_known_keys_and_some_products_come_after_their_orders(
    small: Small, tables: dict[str, pd.DataFrame]
) -> None:
    orders = tables["orders"][~tables["orders"]["order_line_id"].str.startswith("X")]
    tomorrow = np.datetime64(LAST_HISTORY_DAY + timedelta(days=1))
    expected = {f"S{sku:05d}" for sku in np.flatnonzero(small[0].announced_on() == tomorrow)}
    assert set(orders["sku_id"]) - set(tables["products"]["sku_id"]) <= expected
    assert set(orders["agent_id"]) <= set(tables["agents"]["agent_id"])
    assert set(orders["group_id"]) <= set(tables["groups"]["group_id"])
    assert set(tables["returns"]["order_line_id"]) <= set(orders["order_line_id"])
    first_order, first_row = (
        frame.assign(day=frame["drop"].str[:10]).groupby("sku_id")["day"].min()
        for frame in (orders, tables["products"])
    )
    assert (first_row > first_order.reindex(first_row.index)).any()


def test_dirt_is_there_and_breaks_fewer_than_one_row_in_a_hundred_of_every_drop(
    small: Small, tables: dict[str, pd.DataFrame]
) -> None:
    for name in ("orders", "chat_messages"):
        broken = tables[name].iloc[:, 0].str.startswith("X")
        assert broken.any()
        assert broken.groupby(tables[name]["drop"]).mean().max() < 0.01
    events = truth(small, "events_truth")
    assert events.loc[events["event"] == "late_rows", "count"].sum() > 0
    copies = tables["orders"].drop(columns="drop")
    assert 0 < copies[["order_line_id", "status"]].duplicated().mean() < 0.02


def test_truth_tells_the_fate_of_every_exported_line(small: Small, tables: dict[str, pd.DataFrame]) -> None:
    lines = truth(small, "line_truth").set_index("order_line_id")
    orders = tables["orders"][~tables["orders"]["order_line_id"].str.startswith("X")]
    assert set(orders["order_line_id"]) == set(lines.index)
    cancelled = set(orders.loc[orders["status"] == "cancelled", "order_line_id"])
    assert cancelled <= set(lines.index[lines["is_cancelled"]])
    returned = tables["returns"].drop_duplicates("order_line_id").set_index("order_line_id")
    assert lines.loc[returned.index, "is_returned"].all()
    assert (lines.loc[returned.index, "reason_code"] == returned["reason_code"]).all()
    fault = lines["reason_code"].isin(["quality", "not_as_described", "damaged", "spoiled"])
    assert (fault <= lines["is_regretted"]).all()
    assert lines.loc[lines["is_regretted"] & ~lines["is_returned"], "said_at"].notna().all()


def test_true_rates_are_what_the_lines_show(small: Small) -> None:
    lines, skus = truth(small, "line_truth"), truth(small, "sku_truth").set_index("sku_id")
    delivered = lines[~lines["is_cancelled"]]
    expected, seen = delivered["regret_chance"].mean(), delivered["is_regretted"].mean()
    assert abs(expected - seen) < 4 * np.sqrt(expected * (1 - expected) / len(delivered))
    often = delivered.groupby("sku_id").filter(lambda rows: len(rows) >= 60).groupby("sku_id")
    steady = skus.loc[often.size().index].query("bad_from.isnull()").index
    gap = often["is_regretted"].mean()[steady] - skus.loc[steady, "regret_rate"]
    assert abs(gap.mean()) < 0.05
    assert 0.03 < skus["is_landmine"].mean() < 0.25
    assert (skus["is_landmine"] == (skus["regret_rate"] > skus["landmine_ceiling"])).all()


def test_returns_are_late_with_a_long_tail(small: Small) -> None:
    lines = truth(small, "line_truth").query("is_returned")
    days = (lines["requested_at"] - lines["delivered_at"]).dt.total_seconds() / 86_400
    assert days.min() > 0
    assert 4 < days.median() < 14
    assert days.quantile(0.95) > 25


def test_commission_says_nothing_about_attraction(small: Small) -> None:
    world = small[0]
    good = world.catalogue.fault < 0.2
    assert abs(np.corrcoef(world.catalogue.commission[good], world.catalogue.attraction[good])[0, 1]) < 0.2


def test_message_truth_covers_all_messages_and_fakes_never_bought(
    small: Small, tables: dict[str, pd.DataFrame]
) -> None:
    messages, truths = tables["chat_messages"], truth(small, "message_truth")
    real = messages[~messages["message_id"].str.startswith("X")]
    assert set(real["message_id"]) <= set(truths["message_id"])
    assert set(truths["kind"]) == {"promotion", "feedback", "question", "order", "other"}
    fakes = truths[truths["is_fake"]].merge(real.drop_duplicates("message_id"), on="message_id", suffixes=("", "_row"))
    bought = truth(small, "line_truth")
    joined = fakes.merge(bought, left_on=["sender_id", "sku_id"], right_on=["customer_id", "sku_id"])
    assert len(fakes) > 20
    assert (joined["ordered_at"].astype(str) > joined["sent_at"].str[:10]).all()
    questions = real.merge(truths[truths["kind"] == "question"], on="message_id")["text"].str.contains("[?？]")
    assert 0.1 < questions.mean() < 0.9


def test_planted_personal_data_stands_in_the_text(small: Small, tables: dict[str, pd.DataFrame]) -> None:
    planted = truth(small, "personal_truth")
    texts = tables["chat_messages"].drop_duplicates("message_id").set_index("message_id")["text"]
    known = planted[planted["message_id"].isin(texts.index)]
    assert {"phone", "address", "wechat", "idcard", "person", "name"} == set(planted["kind"])
    assert all(value in texts[message] for message, value in zip(known["message_id"], known["value"], strict=True))


def test_phrases_are_filled_and_opinions_are_many() -> None:
    names = ("ref", "q", "k", "name", "title", "price", "address", "person", "phone", "wechat", "idcard")
    slots: dict[str, Any] = dict.fromkeys(names, "某物")
    for (part, domain, polarity), options in phrases().items():
        for subject, text in options:
            assert text.strip() or part in ("tail",), (part, domain, polarity, subject)
            assert "{" not in text.format(**slots)
    rng = np.random.default_rng(0)
    for polarity in ("pos", "neg"):
        texts = {opinion(die, "食品", polarity) for die in dice(rng, 2_000)}
        assert len(texts) > 1_500
        assert all(texts)
    assert fill(dice(rng, 1)[0], "question", "服装", ref="长裙").strip()


def test_matched_agents_post_only_what_they_were_given(small: Small) -> None:
    world = copy.deepcopy(small[0])
    tomorrow = LAST_HISTORY_DAY + timedelta(days=1)
    matches = BASELINES["best_seller"](world, tomorrow, 40)
    posts, lines = live_day(world, tomorrow, matches)
    for agent, row in enumerate(posts):
        given = {int(sku[1:]) for sku in matches[f"A{agent:05d}"]}
        assert {int(sku) for sku in row if sku >= 0} <= given
    assert (
        len(lines["sku"])
        == sum(result.purchases for result in outcome(world, tomorrow, tomorrow)) + lines["is_cancelled"].sum()
    )


def test_stock_is_never_oversold(small: Small) -> None:
    world = copy.deepcopy(small[0])
    before = world.state.stock.copy()
    _, lines = live_day(world, LAST_HISTORY_DAY + timedelta(days=1), None)
    sold = np.bincount(lines["sku"], lines["quantity"], len(world.catalogue))
    assert (sold <= before).all()


def test_understanding_the_goods_beats_every_baseline(small: Small) -> None:
    def net(choose: Any) -> int:
        world = copy.deepcopy(small[0])
        first = LAST_HISTORY_DAY + timedelta(days=1)
        for offset in range(7):
            day = first + timedelta(days=offset)
            live_day(world, day, choose(world, day, 60))
        return sum(result.net_good for result in outcome(world, first, first + timedelta(days=6)))

    best = net(perfect_matches)
    assert all(net(baseline) < 0.85 * best for baseline in BASELINES.values())


def test_bulk_history_goes_on_and_keeps_one_newest_version_a_chunk(tmp_path: Path) -> None:
    scale = Scale(agents=30, skus=300, days=40, order_lines=8_000)
    bulk = BulkHistory(World(5, scale), tmp_path / "sources")
    bulk.write(LAST_HISTORY_DAY - timedelta(days=1))
    bulk.write(LAST_HISTORY_DAY)
    drops = [pq.read_table(path).to_pandas() for path in sorted((tmp_path / "sources" / "orders").iterdir())]
    assert all(drop["order_line_id"].is_unique for drop in drops)
    newest = pd.concat(drops).drop_duplicates("order_line_id", keep="last")
    assert len(newest) == pytest.approx(8_000, rel=0.02)
    assert (newest["status"] == "delivered").mean() > 0.8
    assert drops[-1]["updated_at"].max() < pd.Timestamp(LAST_HISTORY_DAY + timedelta(days=1), tz="Asia/Shanghai")


def test_lines_keep_their_identity_across_concatenation(small: Small) -> None:
    lines = concatenate(small[0].state.lines)
    assert len(np.unique(lines["line"])) == len(lines["line"])
