"""What a night sees on its as-of date: the newest versions known by then, the candidates, the outcomes that add up."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.source_rows import put
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.history import stage as stage_module
from xuanpin.pipelines.history.stage import maintain_history, stage
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.assumptions import AssumptionSettings

D = date(2026, 3, 10)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    engine = open_home(Home(tmp_path), threads=1)
    yield Night(engine, Settings(), Home(tmp_path), D, None, datetime(2026, 3, 11, tzinfo=UTC))
    engine.close()


def rows(night: Night, table: str, *columns: str) -> list[Any]:
    found = [tuple(row[name] for name in columns) for row in night.engine.read(table).to_pylist()]
    return sorted(found, key=repr)


def test_a_night_without_rows_still_has_every_table(night: Night) -> None:
    assert stage(night) == (0, 0)
    assert rows(night, "night.int_sku_daily", "sku_id") == rows(night, "night.int_agent_daily", "agent_id") == []
    assert stage(night) == (0, 0)


def test_the_newest_version_known_on_the_day_wins_and_ties_go_to_the_greatest_hash(night: Night) -> None:
    put(
        night.engine,
        "products",
        [
            {"sku_id": "S1", "title": "旧", "updated_at": at(1)},
            {"sku_id": "S1", "title": "平手甲", "updated_at": at(10), "row_hash": "a"},
            {"sku_id": "S1", "title": "平手乙", "updated_at": at(10), "row_hash": "b"},
            {"sku_id": "S1", "title": "明天", "updated_at": at(11)},
            {"sku_id": "S2", "title": "后来才知道", "updated_at": at(9), "known_on": date(2026, 3, 11)},
        ],
    )
    stage(night)
    assert rows(night, "night.stg_products", "sku_id", "title") == [("S1", "平手乙")]
    assert "commission_rate" not in night.engine.read("night.stg_products").column_names


def test_stock_is_the_newest_count_and_no_count_is_none(night: Night) -> None:
    put(night.engine, "products", [{"sku_id": "S1"}, {"sku_id": "S2"}, {"sku_id": "S3"}])
    put(
        night.engine,
        "inventory",
        [
            {"sku_id": "S1", "as_of_date": date(2026, 3, 8), "sellable_units": 8},
            {"sku_id": "S1", "as_of_date": date(2026, 3, 9), "sellable_units": 9},
            {"sku_id": "S1", "as_of_date": date(2026, 3, 11), "sellable_units": 11},
            {"sku_id": "S2", "as_of_date": date(2026, 3, 11), "sellable_units": 11},
        ],
    )
    stage(night)
    expected = [("S1", 9), ("S2", 0), ("S3", 0)]
    assert rows(night, "night.int_candidates", "sku_id", "sellable_units") == expected


def test_a_bundle_is_no_candidate_and_an_empty_list_of_parts_makes_none(night: Night) -> None:
    parts = [("S1", None), ("S2", []), ("S3", ["S1*2"])]
    put(night.engine, "products", [{"sku_id": sku_id, "bundle_parts": held} for sku_id, held in parts])
    stage(night)
    assert rows(night, "night.int_candidates", "sku_id") == [("S1",), ("S2",)]


@pytest.mark.parametrize(
    ("counts", "units"),
    [
        pytest.param([(1, 200), (2, -3)], 0, id="oversold"),
        pytest.param([(1, -3), (2, 4)], 4, id="there again"),
        pytest.param([(2, 2**63 - 1)], 1_000_000_000, id="without limit"),
        pytest.param([(2, 7), (2, 9)], 7, id="twice in one batch: the smaller"),
    ],
)
def test_what_was_oversold_is_nothing_to_sell(night: Night, counts: list[tuple[int, int]], units: int) -> None:
    put(night.engine, "products", [{"sku_id": "S1"}])
    rows_of = [{"sku_id": "S1", "as_of_date": date(2026, 3, day), "sellable_units": count} for day, count in counts]
    put(night.engine, "inventory", rows_of)
    stage(night)
    assert rows(night, "night.int_candidates", "sellable_units") == [(units,)]


def test_a_day_that_is_counted_again_is_as_the_later_batch_says(night: Night) -> None:
    put(night.engine, "products", [{"sku_id": "S1"}])
    for seq, units in enumerate((7, 9, 4), start=1):
        count = {"sku_id": "S1", "as_of_date": date(2026, 3, 9), "sellable_units": units}
        put(night.engine, "inventory", [count], drop_seq=seq)
        stage(night)
        assert rows(night, "night.int_candidates", "sellable_units") == [(units,)]


@pytest.mark.parametrize(
    "written", ["女装/连衣裙", "女装 / 连衣裙", "女装／连衣裙", " 女装/　连衣裙/", "/女装//连衣裙"]
)
def test_a_category_path_has_one_spelling(night: Night, written: str) -> None:
    put(night.engine, "products", [{"sku_id": "S1", "category": written}])
    put(night.engine, "agents", [{"agent_id": "A1", "categories_wanted": ["鞋", written, "女装/连衣裙"],
                                  "categories_excluded": [written]}])  # fmt: skip
    stage(night)
    assert rows(night, "night.stg_products", "category") == [("女装/连衣裙",)]
    assert rows(night, "night.stg_agents", "categories_wanted", "categories_excluded") == [
        (["女装/连衣裙", "鞋"], ["女装/连衣裙"])
    ]


@pytest.mark.parametrize(("asked", "taken"), [(500, 500), (501, 500), (2_000_000_000, 500)])
def test_nobody_recommends_more_than_five_hundred_skus_a_day(night: Night, asked: int, taken: int) -> None:
    put(night.engine, "agents", [{"agent_id": "A1", "daily_slots": asked}])
    stage(night)
    assert rows(night, "night.stg_agents", "daily_slots") == [(taken,)]


@pytest.mark.parametrize(
    ("status", "slots", "stands"),
    [("active", 1, "active"), ("active", 0, "paused"), ("paused", 3, "paused"), ("left", 0, "left")],
)
def test_an_agent_without_slots_has_paused(night: Night, status: str, slots: int, stands: str) -> None:
    put(night.engine, "agents", [{"agent_id": "A1", "status": status, "daily_slots": slots}])
    stage(night)
    assert rows(night, "night.stg_agents", "status", "categories_wanted") == [(stands, [])]


@pytest.mark.parametrize(
    ("change", "listed"),
    [
        ({}, True),
        ({"status": "paused"}, False),
        ({"status": "withdrawn"}, False),
        ({"launched_on": date(2026, 3, 11)}, True),
        ({"launched_on": date(2026, 3, 12)}, False),
        ({"season_end": date(2026, 3, 11)}, True),
        ({"season_end": date(2026, 3, 10)}, False),
        ({"season_start": date(2026, 3, 11)}, True),
        ({"season_start": date(2026, 3, 12)}, False),
    ],
)
def test_a_candidate_is_active_launched_and_in_season_on_the_list_date(
    night: Night, change: dict[str, Any], listed: bool
) -> None:
    put(night.engine, "products", [{"sku_id": "S1", **change}])
    assert stage(night) == (1, int(listed))


def order(status: str, day: int, **more: Any) -> dict[Any, Any]:
    return {"order_line_id": "L1", "ordered_at": at(1), "quantity": 3, "status": status, "updated_at": at(day), **more}


def story(night: Night) -> None:
    put(
        night.engine,
        "orders",
        [order("paid", 1), order("delivered", 3, delivered_at=at(4, 1)), order("delivered", 5, delivered_at=at(4, 1))],
    )
    put(
        night.engine,
        "returns",
        [
            {"return_id": "R1", "order_line_id": "L1", "requested_at": at(6), "quantity": 1, "updated_at": at(6)},
            {"return_id": "R2", "order_line_id": "L1", "requested_at": at(8), "quantity": 9, "updated_at": at(8),
             "reason_code": "damaged"},
        ],
    )  # fmt: skip


def test_the_timeline_of_a_line_that_was_delivered_and_twice_returned(night: Night) -> None:
    story(night)
    maintain_history(night.engine)
    columns = ("valid_from", "valid_to", "status", "delivered_on", "returned_units", "return_reason")
    march = [date(2026, 3, day) for day in range(1, 10)]
    assert rows(night, "history.order_line_timeline", *columns) == [
        (march[0], march[2], "paid", None, 0, None),
        (march[2], march[3], "delivered", None, 0, None),
        (march[3], march[5], "delivered", march[3], 0, None),
        (march[5], march[7], "delivered", march[3], 1, "other"),
        (march[7], date(9999, 12, 31), "delivered", march[3], 3, "damaged"),
    ]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (3, []),
        (4, [(None, 1, 3, 0, 0, 0)]),
        (6, [(2, 0, 0, 1, 1, 0), (None, 1, 3, 0, 0, 0)]),
        (8, [(2, 0, 0, 1, 3, 0), (4, 0, 0, 0, 0, 1), (None, 1, 3, 0, 0, 0)]),
    ],
)
def test_outcomes_are_those_known_on_the_day(
    night: Night,
    day: int,
    expected: list[Any]
    | list[tuple[None, int, int, int, int, int]]
    | list[tuple[int, int, int, int, int, int] | tuple[None, int, int, int, int, int]],
) -> None:
    story(night)
    maintain_history(night.engine)
    night.engine.materialise("int_sku_daily", as_of_date=date(2026, 3, day))
    measures = ("delivered_lines", "delivered_units", "returned_lines", "returned_units", "fault_lines")
    assert rows(night, "night.int_sku_daily", "delay_days", *measures) == expected


def test_a_cancelled_line_leaves_the_outcomes_and_an_old_day_keeps_them(night: Night) -> None:
    put(night.engine, "orders", [order("paid", 1), order("delivered", 3, delivered_at=at(4, 1))])
    stage(night)
    put(night.engine, "orders", [order("cancelled", 9)], drop_seq=2)
    stage(night)
    assert rows(night, "night.int_sku_daily", "sku_id") == rows(night, "night.int_agent_daily", "sku_id") == []
    night.engine.materialise("int_sku_daily", as_of_date=D - timedelta(days=2))
    assert rows(night, "night.int_sku_daily", "delivered_on") == [(date(2026, 3, 4),)]


def test_a_delivered_line_without_a_time_counts_from_the_first_version_that_says_so(night: Night) -> None:
    put(night.engine, "orders", [order("shipped", 2), order("delivered", 4), order("delivered", 7, carrier_id="SF")])
    stage(night)
    assert rows(night, "night.int_sku_daily", "delivered_on") == [(date(2026, 3, 4),)]


def test_a_refused_parcel_is_neither_delivered_nor_returned(night: Night) -> None:
    put(night.engine, "orders", [order("shipped", 2)])
    refused = {"return_id": "R1", "order_line_id": "L1", "requested_at": at(3), "updated_at": at(3)}
    put(night.engine, "returns", [refused])
    stage(night)
    assert rows(night, "night.int_sku_daily", "sku_id") == []
    measures = ("ordered_lines", "ordered_units", "delivered_units", "returned_units")
    assert rows(night, "night.int_agent_daily", *measures) == [(1, 3, 0, 0)]


def test_a_return_that_turns_out_to_be_of_another_line_moves_there(night: Night) -> None:
    put(night.engine, "orders", [{**order("delivered", 2), "order_line_id": line} for line in ("L1", "L2")])
    return_row = {"return_id": "R1", "order_line_id": "L1", "requested_at": at(3), "updated_at": at(3)}
    put(night.engine, "returns", [return_row])
    stage(night)
    put(night.engine, "returns", [{**return_row, "order_line_id": "L2", "updated_at": at(5)}], drop_seq=2)
    stage(night)
    states = rows(night, "history.order_line_timeline", "order_line_id", "valid_from", "returned_units")
    days = [date(2026, 3, day) for day in range(2, 6)]
    assert states == [
        ("L1", days[0], 0),
        ("L1", days[1], 1),
        ("L1", days[3], 0),
        ("L2", days[0], 0),
        ("L2", days[3], 1),
    ]


def test_days_before_the_history_window_stay_out_of_the_agents_orders(night: Night) -> None:
    long_ago = datetime(2025, 3, 10, 12)
    old = {**order("paid", 1), "ordered_at": long_ago}
    put(night.engine, "orders", [old, {**old, "order_line_id": "L2", "ordered_at": long_ago + timedelta(days=1)}])
    stage(night)
    assert rows(night, "night.int_agent_daily", "ordered_on") == [(date(2025, 3, 11),)]


@pytest.mark.parametrize(("span_rows", "computed"), [(100, 5), (2, 6)])
def test_many_batches_fold_in_spans_to_the_same_history(
    night: Night, monkeypatch: pytest.MonkeyPatch, span_rows: int, computed: int
) -> None:
    story(night)
    for seq in range(2, 6):
        put(night.engine, "orders", [{**order("paid", 9), "order_line_id": f"L{seq}"}], drop_seq=seq)
    put(night.engine, "orders", [order("delivered", 9, delivered_at=at(4, 2))], drop_seq=6)
    monkeypatch.setattr(stage_module, "SPAN_ROWS", span_rows)
    # The first line is in the first span and in the last.
    assert maintain_history(night.engine) == computed
    states = rows(night, "history.order_line_timeline", "order_line_id", "valid_from", "returned_units")
    assert [line for line, _, _ in states] == ["L1"] * 6 + ["L2", "L3", "L4", "L5"]
    night.engine.materialise("int_sku_daily", as_of_date=date(2026, 3, 9))
    measures = ("delay_days", "delivered_units", "returned_units")
    assert rows(night, "night.int_sku_daily", *measures) == [(2, 0, 3), (4, 0, 0), (None, 3, 0)]


def test_a_history_that_was_cut_short_goes_on_after_the_last_span(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    story(night)
    put(night.engine, "orders", [{**order("paid", 9), "order_line_id": "L2"}], drop_seq=2)
    monkeypatch.setattr("xuanpin.pipelines.history.stage.SPAN_ROWS", 1)
    compute, calls = stage_module._compute_changed, []

    def end_in_the_second(engine: Engine, assumed: AssumptionSettings) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        compute(engine, assumed)

    monkeypatch.setattr(stage_module, "_compute_changed", end_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        maintain_history(night.engine)
    assert maintain_history(night.engine) == 1
    assert set(rows(night, "history.order_line_timeline", "order_line_id")) == {("L1",), ("L2",)}


def test_each_span_is_told_when_it_is_kept(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    story(night)
    put(night.engine, "orders", [{**order("paid", 9), "order_line_id": "L2"}], drop_seq=2)
    monkeypatch.setattr(stage_module, "SPAN_ROWS", 1)
    told = []
    stage(replace(night, on_part=lambda kept, parts: told.append((kept, parts))))
    assert told == [(1, 2), (2, 2)]


def test_only_lines_that_changed_are_computed_again(night: Night) -> None:
    story(night)
    assert maintain_history(night.engine) == 1
    assert maintain_history(night.engine) == 0
    put(night.engine, "orders", [{**order("paid", 9), "order_line_id": "L2"}], drop_seq=2)
    assert maintain_history(night.engine) == 1
    assert rows(night, "history.order_line_timeline", "order_line_id")[-1] == ("L2",)


SUMS = {
    "night.int_sku_daily": ("sku_id", "delivered_on", "delay_days", "delivered_units", "returned_units"),
    "night.int_agent_daily": ("agent_id", "sku_id", "ordered_on", "ordered_units", "delivered_units", "returned_units"),
    "night.int_sku_agents": ("sku_id", "agents"),
}


def line(name: str, day: int, **changes: Any) -> dict[str, Any]:
    ordered = {"ordered_at": at(day), "agent_id": f"A{day % 2}", "sku_id": f"S{day % 3}", "quantity": day}
    return {**order("paid", day), "order_line_id": name, **ordered, **changes}


def sums_of(night: Night) -> dict[str, list[Any]]:
    return {table: rows(night, table, *columns) for table, columns in SUMS.items()}


def whole_sums(night: Night) -> dict[str, list[Any]]:
    night.engine.execute("update ops.staged set summed_on = null")
    stage(night)
    return sums_of(night)


@pytest.mark.parametrize(
    "nights",
    [
        pytest.param([(5, 400), (6, 400), (7, 400), (10, 400)], id="one night after the other"),
        pytest.param([(10, 400), (10, 400), (10, 400)], id="the same night again"),
        pytest.param([(9, 400), (5, 400), (6, 400), (10, 400)], id="an earlier date in between"),
        pytest.param([(8, 400), (9, 30), (10, 30), (11, 60)], id="a shorter and a longer window"),
    ],
)
def test_sums_that_go_on_from_an_earlier_night_are_those_of_all_days(
    night: Night, nights: list[tuple[int, int]]
) -> None:
    long_ago = {"ordered_at": datetime(2026, 2, 7, 12), "updated_at": datetime(2026, 2, 7, 12)}
    delivered = {"status": "delivered", "delivered_at": at(6)}
    come = [
        [line("L1", 4), line("L2", 5), line("L9", 5, **long_ago), line("L8", 9)],
        [line("L1", 6, **delivered), line("L2", 6, **delivered, agent_id="A1", sku_id="S2"), line("L3", 6)],
        # A line that was of another agent and SKU, and one whose row comes days after it was written.
        [
            line("L2", 7, **delivered, agent_id="A9", sku_id="S9", ordered_at=at(5)),
            line("L4", 4, known_on=date(2026, 3, 4)),
        ],
        [line("L3", 8, status="delivered", ordered_at=at(6), delivered_at=at(8))],
    ]
    for seq, ((day, window), batch) in enumerate(zip(nights, come, strict=False), start=1):
        put(night.engine, "orders", batch, drop_seq=seq)
        settings = Settings.model_validate({"matching": {"history_days": window}})
        on_day = replace(night, as_of_date=date(2026, 3, day), settings=settings)
        stage(on_day)
        assert sums_of(on_day) == whole_sums(on_day)
        stage(on_day)


def test_only_days_that_changed_are_summed_again(night: Night) -> None:
    put(night.engine, "orders", [line("L1", 4), line("L2", 5)])
    stage(replace(night, as_of_date=date(2026, 3, 5)))
    night.engine.execute("update night.int_agent_daily set ordered_units = 77")
    put(night.engine, "orders", [line("L3", 5, quantity=1)], drop_seq=2)
    stage(replace(night, as_of_date=date(2026, 3, 6)))
    assert rows(night, "night.int_agent_daily", "ordered_on", "ordered_units") == [
        (at(4).date(), 77),
        (at(5).date(), 6),
    ]


def test_sums_of_another_program_or_of_a_night_that_was_cut_short_are_made_anew(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(night.engine, "orders", [line("L1", 4)])
    stage(night)
    for fault in ("update ops.staged set summed_by = 'older'", "drop table night.int_sku_daily"):
        night.engine.execute("update night.int_agent_daily set ordered_units = 77")
        night.engine.execute(fault)
        stage(night)
        assert rows(night, "night.int_agent_daily", "ordered_units") == [(4,)]
    replace_keys = night.engine.replace_keys

    def end_in_the_second(table: str, *given: Any, **named: Any) -> int:
        if table == "night.int_agent_daily":
            raise KeyboardInterrupt
        return replace_keys(table, *given, **named)

    put(night.engine, "orders", [line("L2", 11, status="delivered", delivered_at=at(11))], drop_seq=2)
    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr(night.engine, "replace_keys", end_in_the_second)
        stage(replace(night, as_of_date=date(2026, 3, 11)))
    stage(night)
    assert rows(night, "night.int_sku_daily", "sku_id") == []
