"""What people and systems read of each kind of message, how robots are addressed, and by what a system knows it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest

from tests.support import tiny_runs
from tests.support.robot import Robot, post_office, robot
from tests.support.told_channels import FIRST, Clock, channel, publish
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery import notify
from xuanpin.pipelines.delivery.messages.event import SEVERITY, Event, body_of, in_both_languages
from xuanpin.pipelines.delivery.messages.news import news_of
from xuanpin.pipelines.delivery.messages.scheduler import LAST, scheduler_event
from xuanpin.pipelines.delivery.messages.words import MOST_BYTES, cut, markdown, plain, subject_of, text_of
from xuanpin.pipelines.explained.night_notices import night_notices
from xuanpin.pipelines.run_store import journal, sealing
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.notify import MessageKind, NotifyChannel, NotifySettings
from xuanpin.pipelines.typed.phrase import in_language

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
DAY = FIRST.isoformat()


@cache
def schema() -> dict[str, Any]:
    """The schema of messages in the docs."""
    found: dict[str, Any] = json.loads((ROOT / "docs" / "message.schema.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def heard() -> Iterator[Robot]:
    with robot() as state:
        yield state


def entry(home: Home, kind: str) -> journal.Change:
    """An entry of each kind, of the first day."""
    waits = {"pending": "pending", "held": "held", "rejected": "pending"}
    if kind in waits:
        with sealing.lock_published(home):
            run_store.await_review(home, run := tiny_runs.seal(home, FIRST, "aa", waits[kind]))
        if kind == "rejected":
            with sealing.lock_published(home):
                sealing.set_state(home, run, "rejected", "too many dresses")
    elif kind == "withdrawn":
        publish(home, -1)
        publish(home, 0)
        with sealing.lock_published(home):
            sealing.take_back(home, 30, run_store.require_run(home, FIRST))
    else:
        publish(home, 0, {"published": "auto_approved"}.get(kind, kind))
    change = journal.changes(home)[-1]
    assert change.kind == kind
    return change


@pytest.mark.parametrize(
    ("kind", "severity", "english", "chinese"),
    [
        ("published", "info", "the list for {} is published", "{} 的清单已发布"),
        ("approved", "info", "the list for {} is approved and published", "{} 的清单已批准并发布"),
        ("recalled", "critical", "the list for {} has changed by a recall", "{} 的清单因召回而变更"),
        (
            "fallback",
            "warning",
            "no new list for {}; the last good one is kept, checked again",
            "{} 没有新清单；沿用上一份可用的清单，已重新检查",
        ),
        ("withdrawn", "warning", "the list for {} has been taken back", "{} 的清单已撤回"),
        ("pending", "warning", "the list for {} waits for approval", "{} 的清单等待审批"),
        ("held", "critical", "a brake has held the list for {}", "{} 的清单曾被刹车拦下"),
        ("rejected", "info", "the list for {} was rejected", "{} 的清单被驳回"),
    ],
)
def test_each_kind_says_in_both_languages_what_has_happened_and_fits_the_schema(
    home: Home, kind: str, severity: str, english: str, chinese: str
) -> None:
    event = news_of(home, entry(home, kind), "https://desk.shop.example")
    assert event.subject == {"en": f"Xuanpin: {english.format(DAY)}", "zh": f"选品：{chinese.format(DAY)}"}
    assert event.severity == severity
    assert "Desk: https://desk.shop.example" in event.text["en"] and "报告：published/list_date=" in event.text["zh"]
    body = body_of([event])
    jsonschema.validate(body, schema())
    assert body["events"][0]["list"]["counts"] == {"listed": 0, "matches": 0, "agents": 0}


def test_every_kind_has_a_severity_and_stands_in_the_schema() -> None:
    known = set(get_args(MessageKind))
    assert known == set(SEVERITY) == {*schema()["$defs"]["event"]["properties"]["kind"]["enum"]} - {"test"}
    assert set(get_args(journal.Kind)) < known


def test_a_second_list_that_is_only_kept_is_critical_and_a_second_try_on_one_day_is_not(home: Home) -> None:
    publish(home, 0, "fallback")
    publish(home, 1, "fallback")
    with sealing.lock_published(home):
        tiny_runs.publish(home, FIRST, "another", "fallback")
    told = [news_of(home, change, None).severity for change in journal.changes(home)]
    assert told == ["warning", "critical", "warning"]


def test_a_list_tells_its_promise_its_reason_and_what_it_replaces(home: Home) -> None:
    publish(home, 0)
    with sealing.lock_published(home):
        run = tiny_runs.seal(home, FIRST, "bb", "recalled", sku_list=[{"sku_id": "S1"}])
        path = run_store.run_folder(home, run) / run_store.MANIFEST
        promise = {"promise": 0.05, "promise_confidence": 0.95, "promise_bound": 0.031, "can_promise": True}
        manifest = json.loads(path.read_text(encoding="utf-8"))
        run_store.replace_json(path, {**manifest, **promise, "reason": "S2: mould", "reason_zh": "S2：发霉"})
        run_store.point_to(home, run)
    event = news_of(home, journal.changes(home)[-1], None)
    body = body_of([event])
    jsonschema.validate(body, schema())
    listed = body["events"][0]["list"]
    assert (listed["counts"]["listed"], listed["previous_run_id"]) == (1, "run0auto_approved")
    assert listed["reason"] == {"en": "S2: mould", "zh": "S2：发霉"}
    assert event.text["en"].split("\n") == [
        "1 SKU listed, 0 matches for 0 agents",
        "1 SKU came, 0 went",
        "Promise kept: with 95% confidence at most 3.1% landmines",
        "Why: S2: mould",
        f"Report: published/list_date={DAY}/run=bb/report.html",
    ]
    assert "原因：S2：发霉" in event.text["zh"]


def test_what_came_and_went_is_told_where_it_is_counted(home: Home) -> None:
    change = replace(entry(home, "published"), rows={"sku_list": {"came": 7, "went": 2, "changed": 1}})
    event = news_of(home, change, None)
    body = body_of([event])
    jsonschema.validate(body, schema())
    assert body["events"][0]["list"]["changes"]["sku_list"]["came"] == 7
    assert "7 SKUs came, 2 went" in event.text["en"] and "新上 7 款，下架 2 款" in event.text["zh"]


def test_an_entry_whose_run_is_gone_is_still_told(home: Home) -> None:
    change = entry(home, "published")
    (run_store.run_folder(home, change.run) / run_store.MANIFEST).unlink()
    body = body_of([news_of(home, change, None)])
    jsonschema.validate(body, schema())
    assert body["events"][0]["list"]["counts"]["listed"] is None


def notice(text: str, subject: str = "late", severity: Any = "info", nth: int = 0) -> Event:
    words = in_both_languages(subject), in_both_languages(text)
    return Event(f"{nth:032x}", "late", severity, NOON.isoformat(), None, *words)


def test_a_notice_fits_the_schema(home: Home, heard: Robot) -> None:
    settings = Settings(notify=NotifySettings(channels={"ops": NotifyChannel(kind="json", address_variable="ROBOT")}))
    notify(home, settings, "danger", ("danger", "held"), {"ROBOT": heard.address})
    jsonschema.validate(heard.heard[0].content, schema())
    assert heard.heard[0].content["severity"] == "critical"


def test_a_trial_that_stops_is_told_once(home: Home) -> None:
    stopped = {"experiment": "秋天", "trial_state": "stopped", "stopped_by": "return_rate"}
    told = []
    with sealing.lock_published(home):
        for nth, row in enumerate(({**stopped, "trial_state": "running"}, stopped, stopped)):
            day = FIRST + timedelta(days=nth)
            tiny_runs.publish(home, day, f"night{nth}", alarms=[], experiment_results=[row])
            told.append([(kind, *words) for kind, words in night_notices(home, day)])
    assert (told[0], told[2]) == ([], [])
    ((kind, subject, text),) = told[1]
    assert (kind, subject) == ("trial_stopped", "Xuanpin: the trial 秋天 was stopped by itself")
    assert "because the return rate got worse" in text and "退货率变差" in in_language(text, "zh")


def test_many_are_told_by_their_subjects_and_the_text_of_the_newest() -> None:
    events = [notice(f"text {nth}", f"subject {nth}", "critical" if nth == 2 else "info", nth) for nth in range(23)]
    assert subject_of(events, "en") == "Xuanpin: 23 messages since 11-02 12:00"
    assert subject_of(events, "zh") == "选品：自 11-02 12:00 起的 23 条消息"
    lines = text_of(events, "en").split("\n")
    assert (lines[0], lines[1], lines[-1]) == ("and 3 before them", "11-02 12:00 subject 3", "text 22")
    body = body_of(events)
    jsonschema.validate(body, schema())
    assert (body["severity"], len(body["events"])) == ("critical", 23)
    assert body["message_id"] != body_of(events[1:])["message_id"]


def test_what_people_wrote_calls_nobody_and_links_nowhere() -> None:
    said = markdown([notice("<@all> [win](http://x) **big** `x`\nnext", "<b>")], "en", has_colours=True)
    assert said == ("<font color=\"info\">info</font> **＜b＞**\n\n＜＠all＞ 【win】(http://x) ＊＊big＊＊ 'x'\n\nnext")


@pytest.mark.parametrize("text", ["踩雷" * 5_000, "a" * 9_000, "雷a" * 3_000])
def test_a_robot_is_sent_no_more_bytes_than_it_takes(text: str) -> None:
    said = markdown([notice(text)], "zh", has_colours=True)
    assert MOST_BYTES - 3 <= len(said.encode()) <= MOST_BYTES and said.endswith("…")
    assert len(plain([notice(text)], "zh").encode()) <= 2_000
    assert cut("雷", 3) == "雷" and cut("雷雷", 5) == "…"


def test_wecom_is_sent_markdown(home: Home, heard: Robot) -> None:
    publish(home, 0)
    channel(heard, Clock(), kind="wecom", language="zh").catch_up(home)
    (told,) = heard.heard
    assert told.content["msgtype"] == "markdown" and told.path == "/send?key=s3cret-key"
    assert told.content["markdown"]["content"].startswith(
        f'<font color="info">一般</font> **选品：{DAY} 的清单已发布**'
    )


def test_dingtalk_is_signed_as_its_documents_say(home: Home, heard: Robot) -> None:
    publish(home, 0)
    clock = Clock()
    channel(heard, clock, kind="dingtalk", secret_variable="SECRET").catch_up(home)
    (told,) = heard.heard
    given = parse_qs(urlsplit(told.path).query)
    stamp = given["timestamp"][0]
    assert int(stamp) == int(clock.now.timestamp() * 1_000)
    made = hmac.digest(b"hush-7", f"{stamp}\nhush-7".encode(), "sha256")
    assert base64.b64decode(given["sign"][0]) == made and given["key"] == ["s3cret-key"]
    assert told.content["markdown"]["title"] == f"Xuanpin: the list for {DAY} is published"
    assert told.content["markdown"]["text"].startswith("**info** **Xuanpin")


def test_a_system_can_tell_who_sent_it_and_when(home: Home, heard: Robot) -> None:
    publish(home, 0)
    clock = Clock()
    channel(heard, clock, secret_variable="SECRET").catch_up(home)
    (told,) = heard.heard
    stamp = told.headers["X-Xuanpin-Timestamp"]
    assert int(stamp) == int(clock.now.timestamp())
    # The construction of RFC 2104, written out.
    key = b"hush-7".ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + stamp.encode() + b"." + told.body).digest()
    made = hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest()
    assert told.headers["X-Xuanpin-Signature"] == f"sha256={made}"
    assert told.headers["X-Xuanpin-Event-Id"] == told.content["events"][0]["event_id"]


def test_without_a_secret_nothing_is_signed(home: Home, heard: Robot) -> None:
    publish(home, 0)
    channel(heard, Clock()).catch_up(home)
    assert "X-Xuanpin-Signature" not in heard.heard[0].headers


def test_a_mail_that_is_sent_twice_has_one_id(home: Home) -> None:
    publish(home, 0, "recalled")
    with post_office() as (server, mails):
        for key in ("one", "two"):
            told = channel(server, Clock(), key=key, kind="email", to=("a@shop.example",), language="zh")
            told.catch_up(home)
    ids = [line for mail in mails for line in mail.splitlines() if line.startswith("Message-ID:")]
    assert len(ids) == 2 and ids[0] == ids[1] and ids[0].endswith("@localhost>")
    assert all("Importance: high" in mail and "Date: " in mail for mail in mails)


def test_a_scheduler_is_told_what_its_last_event_does_not_know(home: Home) -> None:
    assert scheduler_event(home, Settings(), None) is None
    publish(home, 0)
    publish(home, 1)
    first = scheduler_event(home, Settings(), None)
    assert first is not None and first[LAST] == 2
    jsonschema.validate(first, schema())
    assert scheduler_event(home, Settings(), first) is None
    with sealing.lock_published(home):
        run_store.await_review(home, tiny_runs.seal(home, FIRST, "waits", "pending"))
    assert scheduler_event(home, Settings(), first) is None
    publish(home, 2, "fallback")
    publish(home, 2, "recalled")
    second = scheduler_event(home, Settings(), first)
    assert second is not None and [event["kind"] for event in second["events"]] == ["fallback", "recalled"]
    assert scheduler_event(home, Settings(), {LAST: 99}) == scheduler_event(home, Settings(), None)
    assert scheduler_event(home, Settings(), {}) is not None
