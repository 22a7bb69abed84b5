"""Nobody reads or decides at the desk who may not: signing in, sessions, forms, roles."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from tests.support import tiny_runs
from tests.support.desk import desk_place, post, signed_in, stranger, token
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.application import desk_application
from xuanpin.pipelines.desk.audit import audit_lines
from xuanpin.pipelines.desk.guard import OPEN, OPEN_BELOW
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.user_file import add_user


@pytest.fixture
def place(tmp_path: Path) -> DeskPlace:
    home = Home(tmp_path / "home")
    tiny_runs.publish(home, date(2026, 11, 22), "a" * 64)
    return desk_place(home)


def test_a_stranger_is_asked_to_sign_in_on_every_page_but_the_open_ones(place: DeskPlace) -> None:
    browser = stranger(place)
    routes = [route for route in desk_application(place).routes if isinstance(route, APIRoute)]
    closed = [route for route in routes if route.path not in OPEN and not route.path.startswith(OPEN_BELOW)]
    assert {"/", "/audit", "/logout"} <= {route.path for route in closed}
    for route in closed:
        for method in sorted(route.methods):
            answer = browser.request(method, route.path.replace("{", "").replace("}", ""))
            assert answer.status_code == 401, (method, route.path)
            assert "password" in answer.text
    assert browser.get("/no/such/page").status_code == 401


def test_the_right_password_opens_the_page_that_was_asked_for(place: DeskPlace) -> None:
    add_user(place.home, "王敏", "approver", "correct horse")
    browser = stranger(place)
    asked = browser.get("/audit")
    assert asked.status_code == 401
    wrong = browser.post("/login", data={"csrf": token(asked), "name": "王敏", "password": "battery staple"})
    assert wrong.status_code == 401
    form = {"csrf": token(asked), "name": "王敏", "password": "correct horse", "next": "/audit"}
    right = browser.post("/login", data=form)
    assert (right.status_code, right.headers["location"]) == (303, "/audit")
    assert browser.get("/audit").status_code == 200
    assert [line["outcome"] for line in audit_lines(place.home, 9)] == ["done", "refused"]


def test_signing_out_ends_the_session_wherever_its_cookie_was_copied(place: DeskPlace) -> None:
    browser, thief = signed_in(place), stranger(place)
    thief.cookies = browser.cookies.__class__(browser.cookies)
    assert thief.get("/").status_code == 200
    assert post(browser, "/logout").headers["location"] == "/login"
    assert browser.get("/").status_code == 401
    assert thief.get("/").status_code == 401


def test_a_form_without_the_secret_of_its_session_is_refused(place: DeskPlace) -> None:
    browser, other = signed_in(place), signed_in(place, "operator", "李雷")
    assert browser.post("/logout").status_code == 403
    assert browser.post("/logout", data={"csrf": token(other.get("/"))}).status_code == 403
    assert browser.post("/logout", json={"csrf": token(browser.get("/"))}).status_code == 403
    assert browser.get("/").status_code == 200


def test_a_role_reads_only_what_it_may(place: DeskPlace) -> None:
    assert signed_in(place, "viewer", "只读").get("/audit").status_code == 403
    assert signed_in(place, "operator", "运营").get("/audit").status_code == 200


def test_the_page_speaks_one_language_at_a_time(place: DeskPlace) -> None:
    browser = signed_in(place)
    assert "上架日 2026-11-22" in browser.get("/").text
    assert "List date 2026-11-22" in browser.get("/?lang=en").text
    english = browser.get("/")
    assert 'lang="en"' in english.text
    assert "List date" in english.text and "上架日" not in english.text
