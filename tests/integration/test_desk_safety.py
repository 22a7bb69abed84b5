"""Nobody reads or decides at the desk who may not: strangers, roles, forms, sessions that have ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from tests.support import tiny_runs
from tests.support.desk import Clock, desk_place, person, post, signed_in, stranger, token
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.application import desk_application
from xuanpin.pipelines.desk.audit import audit_lines
from xuanpin.pipelines.desk.forms import BY_ADDRESS
from xuanpin.pipelines.desk.guard import OPEN, OPEN_BELOW
from xuanpin.pipelines.desk.people import ROLES, Approver, Auditor, Merchandiser, Operator, Reader, Role
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.sessions import COOKIE, new_session, written
from xuanpin.pipelines.desk.user_file import add_user, remove_user, users

ALLOWED: dict[Any, set[Role]] = {
    Reader: {"viewer", "merchandiser", "approver", "operator"},
    Merchandiser: {"merchandiser", "approver"},
    Approver: {"approver"},
    Operator: {"operator"},
    Auditor: {"approver", "operator"},
}
"""Which roles have the right that a handler asks for."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def place(tmp_path: Path, clock: Clock) -> DeskPlace:
    home = Home(tmp_path / "home")
    tiny_runs.publish(home, date(2026, 11, 22), "a" * 64)
    return desk_place(home, clock=clock)


def closed_routes(place: DeskPlace) -> list[APIRoute]:
    routes = [route for route in desk_application(place).routes if isinstance(route, APIRoute)]
    return [route for route in routes if route.path not in OPEN and not route.path.startswith(OPEN_BELOW)]


def address(route: APIRoute) -> str:
    return route.path.replace("{", "").replace("}", "")


def asked(route: APIRoute) -> Any:
    """The right that a route's handler asks for; the most particular one where it asks for several."""
    calls = set(called(route.dependant))
    rights = [right for right in ALLOWED if get_args(right)[1].dependency in calls]
    return min(rights, key=lambda right: len(ALLOWED[right]))


def called(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from called(inner)


def test_a_stranger_is_asked_to_sign_in_on_every_page_but_the_open_ones(place: DeskPlace) -> None:
    browser, closed = stranger(place), closed_routes(place)
    assert {"/", "/audit", "/logout"} <= {route.path for route in closed}
    for route in closed:
        for method in sorted(route.methods):
            answer = browser.request(method, address(route))
            assert answer.status_code == 401, (method, route.path)
            assert 'name="password"' in answer.text
    assert browser.get("/no/such/page").status_code == 401


def test_every_page_asks_for_a_right_and_every_form_but_signing_out_for_more_than_reading(place: DeskPlace) -> None:
    for route in closed_routes(place):
        right = asked(route)
        assert route.methods == {"GET"} or right is not Reader or route.path == "/logout", route.path


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_refused_what_it_may_not(place: DeskPlace, role: Role) -> None:
    browser = signed_in(place, role)
    secret = token(browser.get("/"))
    for route in closed_routes(place):
        if role in ALLOWED[asked(route)]:
            continue
        for method in sorted(route.methods):
            answer = browser.request(method, address(route), data=None if method == "GET" else {"csrf": secret})
            assert answer.status_code == 403, (role, method, route.path)


def test_a_role_reads_what_it_may(place: DeskPlace) -> None:
    assert signed_in(place, "viewer").get("/").status_code == 200
    assert signed_in(place, "operator").get("/audit").status_code == 200


def test_the_right_password_opens_the_page_that_was_asked_for(place: DeskPlace) -> None:
    person(place)
    browser = stranger(place)
    seen = browser.get("/audit")
    wrong = browser.post("/login", data={"csrf": token(seen), "name": "王敏", "password": "battery staple"})
    assert wrong.status_code == 401
    form = {"csrf": token(seen), "name": " 王敏 ", "password": "correct horse", "next": "/audit"}
    right = browser.post("/login", data=form)
    assert (right.status_code, right.headers["location"]) == (303, "/audit")
    assert browser.get("/audit").status_code == 200
    lines = audit_lines(place.home, 9)
    assert [(line["who"], line["outcome"]) for line in lines] == [("王敏", "done"), (None, "refused")]


def test_signing_in_begins_another_session_than_the_one_before(place: DeskPlace) -> None:
    person(place)
    victim, attacker = stranger(place), stranger(place)
    seen = attacker.get("/login")
    prepared = attacker.cookies[COOKIE]
    victim.cookies.set(COOKIE, prepared, domain="127.0.0.1")
    form = {"csrf": token(seen), "name": "王敏", "password": "correct horse"}
    assert victim.post("/login", data=form).status_code == 303
    assert attacker.get("/").status_code == 401


@pytest.mark.parametrize(
    "target",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "/login", "javascript:0", ""],
)
def test_signing_in_leads_to_pages_of_the_desk_alone(place: DeskPlace, target: str) -> None:
    person(place)
    answer = post(stranger(place), "/login", "/login", name="王敏", password="correct horse", next=target)
    assert answer.headers["location"] == "/"


def test_signing_out_ends_the_session_wherever_its_cookie_was_copied(place: DeskPlace) -> None:
    browser, thief = signed_in(place), stranger(place)
    thief.cookies.set(COOKIE, browser.cookies[COOKIE], domain="127.0.0.1")
    assert thief.get("/").status_code == 200
    assert post(browser, "/logout").headers["location"] == "/login"
    assert [browser.get("/").status_code, thief.get("/").status_code] == [401, 401]


def test_a_form_without_the_secret_of_its_session_is_refused(place: DeskPlace) -> None:
    browser, other = signed_in(place), signed_in(place, "operator", "李雷")
    secret = token(browser.get("/"))
    for brought in ("", "0" * 64, token(other.get("/")), f"{secret}0", "密"):
        assert browser.post("/logout", data={"csrf": brought}).status_code == 403
    assert browser.post("/logout").status_code == 403
    assert browser.post("/logout", json={"csrf": secret}).status_code == 403
    assert browser.post(f"/logout?csrf={secret}").status_code == 403
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://[::1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused_even_with_the_secret(place: DeskPlace, headers: dict[str, str]) -> None:
    browser = signed_in(place)
    answer = browser.post("/logout", data={"csrf": token(browser.get("/"))}, headers=headers)
    assert answer.status_code == 403


def test_a_session_that_nobody_used_ends(place: DeskPlace, clock: Clock) -> None:
    browser, limits = signed_in(place), place.settings.desk
    for _ in range(3):
        clock.passes(minutes=limits.idle_minutes - 1)
        assert browser.get("/").status_code == 200
    clock.passes(minutes=limits.idle_minutes + 1)
    assert browser.get("/").status_code == 401


def test_a_session_ends_after_a_days_work_however_much_it_is_used(place: DeskPlace, clock: Clock) -> None:
    browser = signed_in(place)
    for _ in range(place.settings.desk.session_hours):
        assert browser.get("/").status_code == 200
        clock.passes(minutes=61)
    assert browser.get("/").status_code == 401


def test_a_person_who_is_removed_or_has_another_password_is_out_at_once(place: DeskPlace) -> None:
    removed, changed = signed_in(place, "viewer", "甲"), signed_in(place, "viewer", "乙")
    assert [removed.get("/").status_code, changed.get("/").status_code] == [200, 200]
    remove_user(place.home, "甲")
    add_user(place.home, "乙", "viewer", "another password")
    assert [removed.get("/").status_code, changed.get("/").status_code] == [401, 401]


def test_another_role_counts_from_the_next_request(place: DeskPlace) -> None:
    browser = signed_in(place, "approver")
    assert browser.get("/audit").status_code == 200
    person(place, "viewer")
    assert browser.get("/audit").status_code == 403


def edited(cookie: str) -> list[str]:
    """A session's cookie as one who may not sign in would have it."""
    content, _, signature = cookie.rpartition(".")
    return [content, f"{content}.", f"{content}x.{signature}", f"{content}.{signature[::-1]}", "a.b.c", "é", "\x7f" * 9]


def test_a_forged_cookie_opens_nothing(place: DeskPlace, tmp_path: Path) -> None:
    good = signed_in(place).cookies[COOKIE]
    elsewhere = desk_place(Home(tmp_path / "other"))
    elsewhere.home.root.mkdir()
    foreign = written(elsewhere, new_session(elsewhere, users(place.home)["王敏"]))
    for cookie in (*edited(good), foreign):
        answer = stranger(place).get("/", headers=[(b"cookie", f"{COOKIE}={cookie}".encode())])
        assert answer.status_code == 401, cookie
    assert stranger(place).get("/", headers={"cookie": f"{COOKIE}={good}"}).status_code == 200


def test_a_notice_is_no_session_and_a_session_no_notice(place: DeskPlace) -> None:
    browser = signed_in(place)
    post(browser, "/logout")
    notice = browser.cookies["xuanpin_notice"]
    assert stranger(place).get("/", headers={"cookie": f"{COOKIE}={notice}"}).status_code == 401
    answer = stranger(place).get("/login", headers={"cookie": f"xuanpin_notice={browser.cookies[COOKIE]}"})
    assert answer.status_code == 200
    assert 'class="notice"' not in answer.text


@pytest.mark.parametrize(
    "path", ["/static/../users.toml", "/static/..%2f..%2fplace.py", "/static/%2e%2e/place.py", "/static//etc/passwd"]
)
def test_static_files_are_those_of_the_desk_alone(place: DeskPlace, path: str) -> None:
    browser: TestClient = signed_in(place)
    assert browser.get("/static/desk.css").status_code == 200
    assert browser.get(path).status_code == 404


def test_agents_pages_are_the_only_ones_whose_address_is_their_secret() -> None:
    assert {*OPEN, *OPEN_BELOW} == {"/login", "/health", "/static/", BY_ADDRESS}


def test_an_operator_takes_access_away_at_once_and_gives_none(place: DeskPlace) -> None:
    operator, other = signed_in(place, "operator", "运营"), signed_in(place, "approver", "王敏")
    assert "王敏" in operator.get("/people").text
    assert post(operator, "/people/remove", name="王敏").status_code == 303
    assert other.get("/").status_code == 401
    assert post(operator, "/people/remove", name="运营").status_code == 409
    assert post(operator, "/people/remove", name="王敏").status_code == 409
    assert {user.name for user in users(place.home).values()} == {"运营"}
    assert audit_lines(place.home, 9)[2] | {"when": ""} == {
        "when": "",
        "who": "运营",
        "role": "operator",
        "action": "remove a person",
        "subject": "王敏",
        "outcome": "done",
        "from": "127.0.0.1",
    }


def test_what_was_refused_is_in_the_log_by_its_route_alone(place: DeskPlace) -> None:
    viewer, operator = signed_in(place, "viewer", "甲"), signed_in(place, "operator", "乙")
    assert post(viewer, "/people/remove", name="13987654321").status_code == 403
    assert operator.post("/people/remove", data={"csrf": "x"}).status_code == 403
    assert post(operator, "/people/remove", name="13987654321").status_code == 409
    lines = [(line["who"], line["action"], line["subject"], line["outcome"]) for line in audit_lines(place.home, 9)]
    assert lines == [
        ("乙", "refused", "/people/remove", "not possible"),
        ("乙", "refused", "/people/remove", "not allowed"),
        ("甲", "refused", "/people/remove", "not allowed"),
    ]
    assert "没有权限或表单失效" in operator.get("/audit").text


def test_a_name_with_markup_is_text_on_every_page(place: DeskPlace) -> None:
    name = "<img src=x onerror=alert(1)>"
    browser = signed_in(place, "operator", name)
    signed_in(place, "viewer", "<b>乙</b>")
    post(browser, "/people/remove", name="<b>乙</b>")
    for path in ("/", "/people", "/audit"):
        text = browser.get(path).text
        assert "<img" not in text and "<b>乙" not in text
        assert "&lt;img src=x" in text
