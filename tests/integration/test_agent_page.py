"""An agent's page by her personal link: what opens it, what it shows, and what her taps store."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from tests.support.desk import Clock, desk_place, post, signed_in, stranger
from tests.support.offered_lists import LIST_DATE, offer
from xuanpin.pipelines.answers import choices
from xuanpin.pipelines.answers.spoken import standing, waiting
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.audit import audit_lines
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.outbox.codes import KEY_FILE
from xuanpin.pipelines.outbox.link_sheet import made_links
from xuanpin.pipelines.outbox.links import revoke_links
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.desk import DeskSettings

FORM = re.compile(r'name="form" value="([0-9a-f]+)"')
DAY = LIST_DATE.isoformat()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def place(tmp_path: Path, clock: Clock) -> DeskPlace:
    home = Home(tmp_path / "home")
    offer(home)
    return desk_place(home, clock=clock)


def path_of(place: DeskPlace, agent_id: str = "A1") -> str:
    made = made_links(place.home, place.settings.desk, LIST_DATE, "http://127.0.0.1:8090")
    return made.of(agent_id).removeprefix("http://127.0.0.1:8090")


def phone_of(place: DeskPlace, agent_id: str = "A1") -> TestClient:
    """The phone of an agent who has opened her link."""
    phone = stranger(place)
    assert phone.get(path_of(place, agent_id)).status_code == 303
    return phone


def tap(phone: TestClient, action: str = "answer", **fields: str) -> httpx2.Response:
    """Send a form of the agent's page, and return the page that follows."""
    seen = FORM.search(phone.get("/a/").text)
    assert seen is not None
    filled = {"form": seen[1], **({"list_date": DAY} if action == "answer" else {}), **fields}
    answer: httpx2.Response = phone.post(f"/a/{action}", data=filled)
    assert answer.status_code == 303
    shown: httpx2.Response = phone.get("/a/")
    return shown


def said(place: DeskPlace) -> dict[tuple[str, str], tuple[str, str | None]]:
    return {key[1:]: words[:2] for key, words in standing(waiting(place.home, None)).items()}


def test_a_link_is_taken_out_of_the_address_and_opens_her_page_alone(place: DeskPlace) -> None:
    phone = stranger(place)
    opened = phone.get(path_of(place))
    assert (opened.status_code, opened.headers["location"]) == (303, "/a/")
    assert opened.headers["referrer-policy"] == "no-referrer"
    assert opened.headers["cache-control"] == "no-store"
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/a/" in cookie
    page = phone.get("/a/")
    assert page.headers["cache-control"] == "no-store"
    assert "A1" in page.text and "草莓 S1" in page.text and "为什么放心" in page.text
    assert "是雷品的可能约 2.1%" in page.text and "约 93% 的买家满意" in page.text
    assert not re.search(r"\bA[23]\b", page.text), "nothing of others"
    assert path_of(place).rpartition("/")[2] not in page.text


def test_what_is_forged_expired_or_revoked_looks_the_same_and_says_what_to_do(place: DeskPlace, clock: Clock) -> None:
    good, others = path_of(place), path_of(place, "A2")
    edited = good[:-3] + ("A" if good[-3] != "A" else "B") + good[-2:]
    shown = {path: stranger(place).get(path) for path in ("/a/", "/a/x", edited)}
    phone = phone_of(place)
    revoke_links(place.home, "A1")
    shown |= {"revoked": stranger(place).get(good), "while she reads": phone.get("/a/")}
    assert stranger(place).get(others).status_code == 303
    clock.now += timedelta(days=8)
    shown["expired"] = stranger(place).get(others)
    assert {page.status_code for page in shown.values()} == {404}
    assert len({page.text for page in shown.values()}) == 1
    assert "向平台运营要一个新的链接" in shown["expired"].text


def test_an_answer_is_stored_with_one_tap_and_shown(place: DeskPlace) -> None:
    phone = phone_of(place)
    page = tap(phone, sku_id="S1", answer="accepted")
    assert "记上了，谢谢" in page.text and "已采纳" in page.text
    assert "记上了，谢谢" not in phone.get("/a/").text
    tap(phone, sku_id="S1", answer="accepted")
    assert said(place) == {("A1", "S1"): ("accepted", None)}
    assert len(waiting(place.home, None)) == 1, "a tap twice changes nothing"
    page = tap(phone, sku_id="S1", reason="price")
    assert "已婉拒" in page.text and "价格不合适" in page.text
    assert said(place) == {("A1", "S1"): ("declined", "price")}


def test_a_swap_is_one_request_and_is_refused_kindly_where_others_were_faster(place: DeskPlace) -> None:
    tap(phone_of(place, "A2"), sku_id="S1", answer="accepted")
    tap(phone_of(place, "A1"), sku_id="S1", instead="S2")
    assert said(place)["A1", "S1"] == ("declined", None)
    assert said(place)["A1", "S2"] == ("accepted", None)
    tap(phone_of(place, "A1"), sku_id="S1", answer="accepted")
    third = phone_of(place, "A3")
    page = tap(third, sku_id="S2", instead="S1")
    assert "刚被别的团长领完了" in page.text and "下面还有别的可以换" in page.text
    assert ("A3", "S2") not in said(place)
    assert "已被领完" in page.text


def test_nobody_answers_for_another_agent(place: DeskPlace) -> None:
    phone, other = phone_of(place), phone_of(place, "A2")
    form = FORM.search(other.get("/a/").text)
    assert form is not None
    fields = {"list_date": DAY, "sku_id": "S1", "answer": "accepted"}
    for brought in ({}, {"form": form[1]}, {"form": "甲"}):
        assert phone.post("/a/answer", data={**fields, **brought}).status_code == 404
        assert phone_of(place).post("/a/propose", data={"sku_id": "S9", **brought}).status_code == 404
    elsewhere = {"origin": "https://evil.example"}
    assert phone_of(place).post("/a/answer", data=fields, headers=elsewhere).status_code == 403
    assert said(place) == {}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"sku_id": "S9", "answer": "accepted"}, "已经不在您的清单上"),
        ({"sku_id": "S99", "answer": "accepted"}, "没有记上"),
        ({"sku_id": "S1", "answer": "maybe"}, "没有记上"),
        ({"sku_id": "S1", "reason": "weather"}, "没有记上"),
        ({"sku_id": "S1", "answer": "accepted", "list_date": "2026-11-01"}, "日子已经过了"),
        ({"sku_id": "S1", "answer": "accepted", "list_date": "甲"}, "日子已经过了"),
    ],
)
def test_what_her_page_does_not_offer_is_told_and_not_stored(
    place: DeskPlace, fields: dict[str, str], told: str
) -> None:
    assert told in tap(phone_of(place), **fields).text
    assert said(place) == {}


@pytest.mark.parametrize(
    "fields", [{"answer": "own_pick"}, {"answer": "accepted", "list_date": str(LIST_DATE + timedelta(days=1))}]
)
def test_an_offered_sku_takes_a_yes_or_a_no_to_a_list_that_is_published(
    place: DeskPlace, fields: dict[str, str]
) -> None:
    assert "没有记上" in tap(phone_of(place), sku_id="S1", **fields).text
    assert said(place) == {}


def test_she_finds_and_proposes_a_sku_for_tomorrow(place: DeskPlace) -> None:
    phone = phone_of(place)
    assert "蓝莓 S9" in phone.get("/a/?q=蓝莓").text
    assert "蓝莓 S9" in phone.get("/a/?q=s9").text
    assert "没有找到" in phone.get("/a/?q=手机").text
    page = tap(phone, "propose", sku_id="S9")
    assert "您为明天推荐的" in page.text and "蓝莓 S9" in page.text
    assert [(key[0], key[2], words[0]) for key, words in standing(waiting(place.home, None)).items()] == [
        (LIST_DATE + timedelta(days=1), "S9", "own_pick")
    ]


def test_after_its_day_the_list_is_read_only(place: DeskPlace, clock: Clock) -> None:
    phone = phone_of(place)
    tap(phone, sku_id="S1", reason="style")
    form = FORM.search(phone.get("/a/").text)
    assert form is not None
    clock.now += timedelta(days=1)
    page = phone.get("/a/?q=S9")
    assert "只能看" in page.text and "草莓 S1" in page.text and "已婉拒 · 风格不对" in page.text
    assert 'value="accepted"' not in page.text
    phone.post("/a/answer", data={"form": form[1], "list_date": DAY, "sku_id": "S1", "answer": "accepted"})
    assert "日子已经过了" in phone.get("/a/").text
    assert said(place) == {("A1", "S1"): ("declined", "style")}


def test_who_has_no_list_is_told_so_and_english_is_spoken_where_it_is_asked_for(place: DeskPlace) -> None:
    assert "今天没有您的清单" in phone_of(place, "A9").get("/a/").text
    early = desk_place(Home(place.home.root.parent / "no list yet"))
    early.home.root.mkdir()
    assert "今天没有您的清单" in phone_of(early).get("/a/").text
    english = phone_of(place).get("/a/", headers={"accept-language": "en-US,en;q=0.9"}).text
    assert "Picked for you" in english and "为您挑的" not in english


def test_requests_are_counted_by_agent_and_not_by_the_address_that_many_share(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    offer(home)
    place = desk_place(home, Settings(desk=DeskSettings(requests_per_minute=10)))
    first, second = phone_of(place), phone_of(place, "A2")
    assert {first.get("/a/").status_code for _ in range(10)} == {200}
    refused = first.get("/a/")
    assert (refused.status_code, second.get("/a/").status_code) == (429, 200)
    assert "请求太频繁" in refused.text and 'href="/"' not in refused.text


def test_a_strangers_request_leaves_nothing_in_the_home(place: DeskPlace) -> None:
    assert stranger(place).get("/a/forged").status_code == 404
    assert not (place.home.keys / KEY_FILE).exists()


def test_every_reason_that_she_may_give_has_a_button(place: DeskPlace) -> None:
    page = phone_of(place).get("/a/").text
    for code in choices("reason_code"):
        assert f'<button name="reason" value="{code}">' in page


def test_operators_make_and_end_links_and_others_do_not(place: DeskPlace) -> None:
    assert signed_in(place, "approver", "王敏").get("/agents/links").status_code == 403
    browser = signed_in(place, "operator", "李雷")
    made = re.search(r"<code>([^<]+)</code>", post(browser, "/agents/links", "/agents/links", agent_id="a1").text)
    assert made is not None
    assert stranger(place).get(made[1].removeprefix("http://127.0.0.1:8090")).status_code == 303
    assert post(browser, "/agents/links", "/agents/links", agent_id="A7").status_code == 409
    ended = post(browser, "/agents/links/revoke", "/agents/links", agent_id="A1")
    assert ended.headers["location"] == "/agents/links"
    assert "A1 之前的链接都已作废" in browser.get("/agents/links").text
    assert stranger(place).get(made[1].removeprefix("http://127.0.0.1:8090")).status_code == 404
    lines = [(line["who"], line["action"], line["subject"]) for line in audit_lines(place.home, 9)]
    assert [line for line in lines if line[1] != "refused"] == [
        ("李雷", "revoke links", "A1"),
        ("李雷", "make link", "A1"),
    ]
    assert made[1] not in (place.home.logs / "audit.jsonl").read_text(encoding="utf-8")
