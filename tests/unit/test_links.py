"""A personal link opens one agent's page, for some days, until it is revoked; nothing else opens anything."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.outbox.codes import answer_code
from xuanpin.pipelines.outbox.links import FILE, agent_of_link, link_token, links_for, revoke_links

KEY = bytes(range(32))
DAY = date(2026, 11, 22)
LAST = date(2026, 11, 29)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def made(home: Home, agent_id: str = "A1") -> str:
    return links_for(home, KEY, "https://desk.shop.example/", DAY.isoformat(), 7).of(agent_id).rpartition("/")[2]


def test_a_link_opens_its_agents_page_up_to_its_last_day_and_is_the_same_each_time(home: Home) -> None:
    links = links_for(home, KEY, "https://desk.shop.example/", DAY.isoformat(), 7)
    assert links.of("A1").startswith("https://desk.shop.example/a/")
    assert made(home) == made(home) != made(home, "A2")
    assert [agent_of_link(home, KEY, made(home), day) for day in (DAY, LAST)] == ["A1", "A1"]
    assert agent_of_link(home, KEY, made(home), LAST + timedelta(days=1)) is None
    assert agent_of_link(home, KEY, made(home, "团长 甲/7"), DAY) == "团长 甲/7"


def test_no_other_text_opens_a_page(home: Home) -> None:
    token = made(home)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    edited = {token[:at] + letter + token[at + 1 :] for at in range(len(token)) for letter in letters} - {token}
    others = {
        "", "A1", "=", "a" * 5_000, token + "A", token[:-1], token + "=", token + "\n", f" {token}", "\ud800", "甲",
        answer_code(KEY, (DAY.isoformat(), "A1", "S1")), link_token(bytes(32), "A1", 0, LAST),
    }  # fmt: skip
    assert {agent_of_link(home, KEY, text, DAY) for text in edited | others} == {None}


def test_revoking_ends_all_links_of_one_agent_that_were_made_before(home: Home) -> None:
    before, hers = made(home), made(home, "A2")
    assert revoke_links(home, "A1") == 1
    assert agent_of_link(home, KEY, before, DAY) is None
    assert agent_of_link(home, KEY, hers, DAY) == "A2"
    after = made(home)
    assert agent_of_link(home, KEY, after, DAY) == "A1"
    revoke_links(home, "A1")
    assert agent_of_link(home, KEY, after, DAY) is None


def test_where_it_cannot_be_told_what_was_revoked_no_link_is_good(home: Home) -> None:
    token = made(home)
    revoke_links(home, "A1")
    (home.desk / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match=r"does not say whose links were revoked; restore it"):
        agent_of_link(home, KEY, token, DAY)
