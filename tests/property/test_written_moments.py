"""A moment reads as itself however it is written; any other text reads as a moment that it names, or as none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import Engine, open_memory
from xuanpin.pipelines.ingest.casts import cast_column

ORDERED_AT = load_contract("orders").column("ordered_at")
BEIJING = ZoneInfo("Asia/Shanghai")
moments = st.datetimes(datetime(2010, 1, 1), datetime(2037, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=BEIJING)
)
offsets = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
digits = str.maketrans("0123456789:-/", "０１２３４５６７８９：－／")


@st.composite
def written(draw: st.DrawFn) -> tuple[datetime, str]:
    """A moment and one of the ways in which it is written."""
    moment, zone = draw(moments), draw(offsets)
    there, utc = moment.astimezone(zone), moment.astimezone(UTC)
    hour12 = f"{moment.hour % 12 or 12}:{moment:%M:%S}"
    offset = there.strftime("%z")
    ways = [
        moment.strftime("%Y-%m-%d %H:%M:%S"),
        moment.strftime("%Y/%m/%d %H:%M:%S"),
        moment.strftime("%Y年%m月%d日 %H时%M分%S秒"),
        f"{moment.year}.{moment.month}.{moment.day} {moment.hour}:{moment:%M:%S}",
        f"{moment:%Y-%m-%d} {hour12} {moment:%p}",
        f"{moment:%Y-%m-%d} {'下午' if moment.hour >= 12 else '上午'}{hour12}",
        moment.strftime("%b %d, %Y %I:%M:%S %p"),
        moment.strftime("%a %b %d %Y %H:%M:%S GMT+0800 (中国标准时间)"),
        moment.strftime("%Y-%m-%d %H:%M:%S").translate(digits),
        moment.strftime("%Y%m%d%H%M%S"),
        there.strftime("%Y-%m-%d %H:%M:%S ") + offset,
        there.strftime("%Y-%m-%dT%H:%M:%S") + f"{offset[:3]}:{offset[3:]}",
        there.strftime("%a, %d %b %Y %H:%M:%S ") + offset,
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        utc.strftime("%Y-%m-%d %H:%M:%S utc"),
        utc.strftime("%a %b %d %H:%M:%S UTC %Y"),
        *(str(int(moment.timestamp()) * scale) for scale in (1, 10**3, 10**6, 10**9)),
    ]
    return moment.replace(tzinfo=None), draw(st.sampled_from(ways))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = open_memory()
    yield opened
    opened.close()


def read(engine: Engine, texts: list[str]) -> list[Any]:
    """The moments that texts are read as. Together, because planning the query takes longer than to read a thousand."""
    value = cast_column("text", "VARCHAR", ORDERED_AT)
    rows = "select unnest($texts::varchar[]) as text, generate_subscripts($texts::varchar[], 1) as place"
    return engine.query(f"select {value} as value from ({rows}) order by place", texts=texts)["value"].to_pylist()


def many(case: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(case, min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(many(written()))
def test_a_moment_reads_as_itself_however_it_is_written(engine: Engine, cases: list[tuple[datetime, str]]) -> None:
    assert read(engine, [text for _, text in cases]) == [moment for moment, _ in cases]


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[datetime, str]:
    """A moment, and its text with something in it behind the day."""
    moment = draw(moments).replace(tzinfo=None)
    text, place = f"{moment:%Y-%m-%d %H:%M:%S}", 10 + draw(st.integers(0, 9))
    noise = draw(st.text("0123456789 :-/.TZ+aApPmM年月日", min_size=1, max_size=3))
    return moment, text[:place] + noise + text[place:]


@settings(max_examples=40, deadline=None)
@given(many(spoilt()))
def test_a_text_with_something_in_it_reads_as_the_day_that_it_begins_with_or_as_none(
    engine: Engine, cases: list[tuple[datetime, str]]
) -> None:
    for (moment, text), found in zip(cases, read(engine, [text for _, text in cases]), strict=True):
        assert found is None or abs(found - moment) <= timedelta(days=2), text


@settings(max_examples=40, deadline=None)
@given(many(st.text(max_size=40)))
def test_any_text_reads_as_a_time_or_as_none(engine: Engine, texts: list[str]) -> None:
    found = read(engine, texts)
    assert len(found) == len(texts)
    assert all(value is None or isinstance(value, datetime) for value in found)
