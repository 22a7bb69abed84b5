"""How the world writes a time, and what is read: the same moment in Beijing, or nothing, and never another moment."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.drop_folder import Platform, row
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest.casts import cast_column
from xuanpin.pipelines.settings import Settings

ORDERED_AT = load_contract("orders").column("ordered_at")
LAUNCHED_ON = load_contract("products").column("launched_on")
MOMENT = datetime(2026, 11, 18, 15, 5)
MIDNIGHT = datetime(2026, 11, 18)

SAME_MOMENT = """
2026-11-18 15:05:00
2026-11-18T15:05
2026-11-18 15:05:00.000000
2026-11-18 15:05:00.000000000
2026-11-18 15:05:00,000
2026/11/18 15:05
2026.11.18 15:05
20261118150500
20261118T150500
2026-11-18T07:05:00Z
2026-11-18t07:05:00z
20261118T070500Z
2026-11-18 07:05:00 UTC
2026-11-18 07:05:00 utc
2026-11-18 07:05:00 GMT
2026-11-18T15:05:00+08:00
2026-11-18T15:05:00+0800
2026-11-18T15:05:00+08
2026-11-18 15:05:00 +0800
2026-11-18 15:05:00 +08:00
2026-11-18 15:05:00 +8
2026-11-18 15:05:00 GMT+8
2026-11-18 15:05:00 UTC+08:00
2026-11-18 15:05:00(北京时间)
北京时间 2026-11-18 15:05
2026-11-18 15:05:00（UTC+8）
2026-11-18 07:05:00 (UTC)
2026-11-18T12:35:00+05:30
2026-11-18T03:05:00-04:00
2026-11-18 15:05:00 Asia/Shanghai
2026-11-18 02:05:00 America/New_York
2026-11-18T15:05:00+08:00[Asia/Shanghai]
2026-11-18 03:05:00 PM
2026-11-18 3:05PM
2026-11-18 3:05 p.m.
2026-11-18 15:05 PM
2026-11-18 下午3:05
2026-11-18 下午 3:05
2026/11/18 星期三 15:05
2026年11月18日 15时05分
2026年11月18日15时05分00秒
2026年11月18日 下午3点05分
2026年11月18日 星期三 下午3:05
２０２６－１１－１８　１５：０５：００
Wed Nov 18 2026 15:05:00 GMT+0800 (中国标准时间)
Wed Nov 18 15:05:00 2026
Wed Nov 18 07:05:00 UTC 2026
Wed, 18 Nov 2026 07:05:00 GMT
Wed, 18 Nov 2026 15:05:00 +0800
2026-11-18(周三) 15:05
2026-11-18 15:05:00 +0800 CST
2026-11-18 15:05:00 +0800 CST m=+0.000012
2026-11-18 07:05:00 +0000 UTC
2026-11-18 15:05:00.0000000 +08:00
20261118T070500.000Z
20261118T150500.000
20261118150500000
202611181505
/Date(1794985500000)/
/Date(1794985500000+0800)/
{"$date": "2026-11-18T07:05:00Z"}
{"$date": {"$numberLong": "1794985500000"}}
Nov 18, 2026 3:05:00 PM
18-Nov-2026 15:05
18 November 2026 15:05
1794985500
1794985500.0
1794985500000
1794985500000000
1794985500000000000
""".strip().splitlines()

OTHER_MOMENTS = [
    ("2026-11-18 12:05 AM", datetime(2026, 11, 18, 0, 5)),
    ("2026-11-18 12:05 PM", datetime(2026, 11, 18, 12, 5)),
    ("2026-11-18 凌晨12:30", datetime(2026, 11, 18, 0, 30)),
    ("2026-11-18 上午 9:30", datetime(2026, 11, 18, 9, 30)),
    ("2026-11-18 中午12:30", datetime(2026, 11, 18, 12, 30)),
    ("2026-11-18 中午1:30", datetime(2026, 11, 18, 13, 30)),
    ("2026-11-18 晚上9:30", datetime(2026, 11, 18, 21, 30)),
    ("2026年11月18日 15时", datetime(2026, 11, 18, 15)),
    ("2026年11月5日 8时3分", datetime(2026, 11, 5, 8, 3)),
    ("2026年11月5日8时3分7秒", datetime(2026, 11, 5, 8, 3, 7)),
    ("2026年11月5日 8点3分", datetime(2026, 11, 5, 8, 3)),
    ("2026/11/5 8:03", datetime(2026, 11, 5, 8, 3)),
    ("2026-11-05T8:03", datetime(2026, 11, 5, 8, 3)),
    ("2026/11/5 24:00:00", datetime(2026, 11, 6)),
    ('="2026-11-05 08:03:00"', datetime(2026, 11, 5, 8, 3)),
    ("'2026-11-05 08:03", datetime(2026, 11, 5, 8, 3)),
    ("\u200b2026-11-05\u00a008:03\t", datetime(2026, 11, 5, 8, 3)),
    ("2026-11-18 24:00:00", datetime(2026, 11, 19)),
    ("2026-12-31 23:59:60", datetime(2027, 1, 1)),
    ("2026-11-18T16:30:00.25Z", datetime(2026, 11, 19, 0, 30, 0, 250000)),
    ("2026-11-18 15:05:00.123456789", datetime(2026, 11, 18, 15, 5, 0, 123456)),
    ("2026-11-18 15:05:00,5", datetime(2026, 11, 18, 15, 5, 0, 500000)),
    ("1794985500.25", datetime(2026, 11, 18, 15, 5, 0, 250000)),
    ("2026-03-08 03:30:00 America/New_York", datetime(2026, 3, 8, 15, 30)),
    *((text, MIDNIGHT) for text in ("2026-11-18", "2026/11/18", "2026.11.18", "2026年11月18日", "20261118")),
    *((text, MIDNIGHT) for text in ("18 Nov 2026", "Nov 18, 2026", "November 18 2026", "2026年11月18号")),
]

NO_ONE_MOMENT = """
2026-11-18 20:00:00 PST
2026-11-18 20:00:00 CST
2026-11-18 20:00:00 IST
2026-11-18 20:00:00 foo
2026-11-18 20:00:00 Foo/Bar
Wed Nov 18 15:05:00 CST 2026
2026-03-08 02:30:00 America/New_York
2026-11-01 01:30:00 America/New_York
2026-11-18 13:05 AM
2026-11-18 00:05 PM
2026-11-18 晚上12:30
2026-11-18 3点半
11/18/2026
18/11/2026 15:05
26/11/18 10:00
26-11-18
46344.63
46344
1.79499E+12
2026-11-18T15:05:00 08:00
2026-11-18T15:05:00+15:00
2026-11-18 24:00:01
2026-11-18 15:60
2026-11-18 15:05:60
2026-02-30
2026-13-01 10:00
2026-11
2026
15:05
昨天
infinity
-infinity
epoch
now
today
2026-11-18 15:05:00 2026-11-18 15:05:00
""".strip().splitlines()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = open_engine(tmp_path_factory.mktemp("times") / "warehouse.duckdb", threads=1)
    yield opened
    opened.close()


def read_all(engine: Engine, texts: Sequence[str], column: Column = ORDERED_AT) -> list[Any]:
    """What each of the texts is read as, all in one column."""
    cast = cast_column("text", "VARCHAR", column)
    found = engine.query(f"select {cast} as value from (select unnest($texts) as text)", texts=[*texts])
    values: list[Any] = found["value"].to_pylist()
    return values


def padded(text: str) -> str:
    """The text with blanks at its ends, which say nothing."""
    return f"\u3000{text}\t"


@pytest.fixture(scope="module")
def moments(engine: Engine) -> dict[str, Any]:
    """What each text above is read as; one statement reads them all, for to plan it costs more than to run it."""
    texts = [*SAME_MOMENT, *map(padded, SAME_MOMENT), *(text for text, _ in OTHER_MOMENTS), *NO_ONE_MOMENT]
    return dict(zip(texts, read_all(engine, texts), strict=True))


@pytest.mark.parametrize("text", SAME_MOMENT)
def test_one_moment_however_it_is_written(moments: dict[str, Any], text: str) -> None:
    assert (moments[text], moments[padded(text)]) == (MOMENT, MOMENT)


@pytest.mark.parametrize(("text", "moment"), OTHER_MOMENTS)
def test_a_written_time_is_read(moments: dict[str, Any], text: str, moment: Any) -> None:
    assert moments[text] == moment


@pytest.mark.parametrize("text", NO_ONE_MOMENT)
def test_what_says_no_one_moment_is_not_read(moments: dict[str, Any], text: str) -> None:
    assert moments[text] is None


def test_times_of_all_kinds_in_one_column_do_not_disturb_each_other(engine: Engine) -> None:
    found = read_all(engine, [*SAME_MOMENT, *NO_ONE_MOMENT] * 60)
    assert found == [*[MOMENT] * len(SAME_MOMENT), *[None] * len(NO_ONE_MOMENT)] * 60


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-18", date(2026, 11, 18)),
        ("2026-11-17T16:00:00Z", date(2026, 11, 18)),
        ("2026-11-17T15:59:59Z", date(2026, 11, 17)),
        ("2026年11月18日", date(2026, 11, 18)),
        ("1794985500000", date(2026, 11, 18)),
        ("18/11/2026", None),
    ],
)
def test_a_day_is_the_day_in_beijing(engine: Engine, text: str, day: date | None) -> None:
    assert read_all(engine, [text], LAUNCHED_ON) == [day]


@pytest.mark.parametrize(
    ("raw", "raw_type"),
    [
        ("timestamptz '2026-11-18 07:05:00+00'", "TIMESTAMP WITH TIME ZONE"),
        ("cast(timestamptz '2026-11-18 07:05:00+00' as timestamptz_ns)", "TIMESTAMPTZ_NS"),
        ("timestamp_s '2026-11-18 15:05:00'", "TIMESTAMP_S"),
        ("timestamp_ms '2026-11-18 15:05:00'", "TIMESTAMP_MS"),
        ("timestamp_ns '2026-11-18 15:05:00'", "TIMESTAMP_NS"),
        ("cast(1794985500 as integer)", "INTEGER"),
        ("cast(1794985500000 as bigint)", "BIGINT"),
        ("cast(1794985500000000000 as ubigint)", "UBIGINT"),
        ("cast(1794985500 as double)", "DOUBLE"),
        ("cast(1794985500000000000 as double)", "DOUBLE"),
        ("cast(1794985500000 as decimal(18, 3))", "DECIMAL(18,3)"),
    ],
)
def test_one_moment_in_whatever_type(engine: Engine, raw: str, raw_type: str) -> None:
    found = engine.query(f"select {cast_column(raw, raw_type, ORDERED_AT)} as value")
    assert found["value"].to_pylist() == [MOMENT]


PLACEHOLDERS = """
0001-01-01
0001-01-01T00:00:00Z
1899-12-30 00:00:00
1900-01-01
1900-01-00
1970-01-01 00:00:00
1970-01-01 08:00:00
1970-01-01T00:00:00Z
2099-12-31
9999-12-31 23:59:59
9999-12-31T23:59:59Z
0000-00-00 00:00:00
1900/1/0 0:00
0:00:00
0
-
N/A
NULL
None
NaT
无
\\N
infinity
-Infinity
""".strip().splitlines()


def placeholder_rows(column: str) -> list[Any]:
    """An order line for each placeholder in a column, under ids that a failure can name."""
    return [row("orders", order_line_id=f"L{n + 10}", **{column: text}) for n, text in enumerate(PLACEHOLDERS)]


def test_a_placeholder_in_an_optional_column_says_that_nothing_was_given(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    platform = Platform(tmp_path).begun()
    platform.drop("orders", "more.csv", *placeholder_rows("delivered_at"))
    platform.night()
    stored = platform.query("select order_line_id, delivered_at from source.orders order by order_line_id")
    assert [line["delivered_at"] for line in stored] == [None] * (1 + len(PLACEHOLDERS))
    assert f"are read as missing: {len(PLACEHOLDERS)} of delivered_at" in caplog.text


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_an_infinite_time_of_a_typed_file_says_that_nothing_was_given(tmp_path: Path, zone: str | None) -> None:
    platform = Platform(tmp_path).begun()
    path = platform.drop("orders", "more.parquet", *[row("orders", order_line_id=f"N{n}") for n in range(2)])
    lines, infinite = pq.read_table(path), pa.array([2**63 - 1, 1 - 2**63], pa.timestamp("us", zone))
    pq.write_table(lines.append_column("delivered_at", infinite), path)
    assert platform.night() == (2, 2)
    assert platform.values("select count(delivered_at) from source.orders") == [0]


def test_a_placeholder_in_a_required_column_costs_its_row(tmp_path: Path) -> None:
    platform = Platform(tmp_path, Settings.model_validate({"ingest": {"bad_share": 1}})).begun()
    platform.drop("orders", "more.csv", *placeholder_rows("ordered_at"), row("orders", order_line_id="L2"))
    platform.night()
    assert sorted(platform.values("select order_line_id from source.orders")) == ["L1", "L2"]
    found = platform.values("select rules from ops.quarantine order by key")
    assert found == [["ordered_at_implausible"]] * len(PLACEHOLDERS)


def test_an_open_end_is_no_end(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    platform.drop(
        "products", "more.csv", row("products", sku_id="S2", season_start="2026-01-01", season_end="2099-12-31")
    )
    platform.night()
    assert platform.query("select season_start, season_end from source.products where sku_id = 'S2'") == [
        {"season_start": date(2026, 1, 1), "season_end": None}
    ]


@pytest.mark.parametrize(
    ("layout", "text", "moment"),
    [
        ("%d/%m/%Y %H:%M", "18/11/2026 15:05", MOMENT),
        ("%m/%d/%y %I:%M %p", "11/18/26 03:05 PM", MOMENT),
        ("%d.%m.%Y %H:%M %z", "18.11.2026 07:05 +0000", MOMENT),
        ("%d/%m/%Y", "2026-11-18 15:05:00", MOMENT),
        ("%d/%m/%Y %H:%M", "\t18/11/2026 15:05\u00a0", MOMENT),
        ("%d/%m/%Y %H:%M", '="18/11/2026 15:05"', MOMENT),
        ("excel", "46344.6284722222", MOMENT),
        ("excel", "46344", MIDNIGHT),
        ("excel", " 46344.62847 ", datetime(2026, 11, 18, 15, 5)),
        ("excel1904", "44882.6284722222", MOMENT),
        ("excel", "2026-11-18 15:05:00", MOMENT),
        ("excel", "1794985500", MOMENT),
    ],
)
def test_settings_name_the_layout_that_leaves_a_doubt(tmp_path: Path, layout: str, text: str, moment: datetime) -> None:
    settings = {"sources": {"tables": {"orders": {"formats": {"ordered_at": layout}}}}}
    platform = Platform(tmp_path, Settings.model_validate(settings)).begun()
    platform.drop("orders", "more.csv", row("orders", order_line_id="L2", ordered_at=text))
    platform.night()
    assert platform.values("select ordered_at from source.orders where order_line_id = 'L2'") == [moment]


@pytest.mark.parametrize("layout", ["%H:%M", "dd/mm/yyyy", "%d/%m/%Y %Q", "excel 1904"])
def test_a_layout_that_says_no_day_is_refused(tmp_path: Path, layout: str) -> None:
    settings = {"sources": {"tables": {"orders": {"formats": {"ordered_at": layout}}}}}
    with pytest.raises(UsageError, match=r"formats\.ordered_at .* is no layout of a time; write year"):
        Platform(tmp_path, Settings.model_validate(settings)).begun().night()


@pytest.mark.parametrize(
    ("texts", "advice"),
    [
        (["13/11/2026 8:03", "5/11/2026 18:03"], 'all its values prove the layout: {} = "%d/%m/%Y %H:%M"'),
        (["11.13.26", "11.05.26"], 'all its values prove the layout: {} = "%m.%d.%y"'),
        (["5/11/2026 8:03:00 PM", "30/11/2026 8:03:00 AM"], '{} = "%d/%m/%Y %I:%M:%S %p"'),
        (["05/11/2026", "06/11/2026"], 'say which comes first: {} = "%d/%m/%Y" or "%m/%d/%Y"'),
        (["13/11/2026", "11/13/2026"], "day and month are not in one order; have the file written with the year"),
        (["45966", "45966.3354", "0000-00-00"], 'or have them read: {} = "excel"'),
        (["13/11/2026", "5.11.2026"], "if day and month or the century are ambiguous, give the layout"),
        (["13/11/2026", "5/11/2026 8:03"], "if day and month or the century are ambiguous, give the layout"),
        (["45966", "13/11/2026"], "if day and month or the century are ambiguous, give the layout"),
    ],
)
def test_a_refusal_proposes_the_layout_that_all_values_of_the_file_prove(
    tmp_path: Path, texts: list[str], advice: str
) -> None:
    platform = Platform(tmp_path).begun()
    rows = [row("orders", order_line_id=f"N{n}", ordered_at=text) for n, text in enumerate(texts)]
    platform.drop("orders", "more.csv", *rows)
    with pytest.raises(InputRefused) as refusal:
        platform.night()
    assert advice.format("[sources.tables.orders] formats.ordered_at") in str(refusal.value)


LAST_DAYS = (
    "2026-11-05", "2026-11-05 23:59:59", "2026-11-05 24:00:00", "2026/11/5 24:00", "2026年11月5日 24:00",
    "2026-11-05T24:00:00+08:00", "2026-11-05 00:00:00", "2026-11-05 ２４：００",
)  # fmt: skip


@pytest.mark.parametrize(
    ("table", "column"), [("supplier_offers", "valid_until"), ("products", "season_end"), ("overrides", "ends_on")]
)
def test_the_last_day_of_something_ends_at_its_own_midnight(engine: Engine, table: str, column: str) -> None:
    found = read_all(engine, LAST_DAYS, load_contract(table).column(column))
    assert found == [date(2026, 11, 5)] * len(LAST_DAYS)
