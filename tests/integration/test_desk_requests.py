"""What stands before the desk's pages: names, proxies, limits, headers and bodies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from tests.support import tiny_runs
from tests.support.desk import ADDRESS, MORNING, desk_place, person, post, signed_in, stranger, token
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.application import desk_application
from xuanpin.pipelines.desk.audit import audit_lines
from xuanpin.pipelines.desk.mounted import MountedDesk
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.sessions import COOKIE
from xuanpin.pipelines.desk.sign_in import check
from xuanpin.pipelines.errors import HomeBusy, UsageError
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.desk import DeskSettings
from xuanpin.pipelines.typed.phrase import as_is

PROXY = "10.0.0.5"
BEHIND = DeskSettings(
    hosts=("xuanpin.shop.example",), trusted_proxies=(PROXY,), trusted_header="X-Forwarded-User", idle_minutes=30
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    tiny_runs.publish(home, date(2026, 11, 22), "a" * 64)
    return home


def asking(place: DeskPlace, peer: str, base_url: str = "http://xuanpin.shop.example") -> TestClient:
    """A browser whose connection comes from the address `peer`."""
    return TestClient(desk_application(place), base_url=base_url, follow_redirects=False, client=(peer, 50_000))


def settled(home: Home, **keys: object) -> DeskPlace:
    return desk_place(home, Settings(desk=DeskSettings.model_validate(keys)))


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.", "", "[::1", "127.0.0.1@evil"])
def test_a_request_under_another_name_is_refused(home: Home, host: str) -> None:
    assert stranger(desk_place(home)).get("/health", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8090", "127.0.0.1:1", "[::1]:8090", "xuanpin.shop.example"])
def test_loopback_and_the_names_of_the_settings_are_answered(home: Home, host: str) -> None:
    place = settled(home, hosts=("Xuanpin.shop.example",))
    browser = stranger(place)
    assert {browser.request(verb, "/health", headers={"host": host}).status_code for verb in ("GET", "HEAD")} == {200}


def test_a_trusted_proxy_names_the_person_and_the_home_her_role(home: Home) -> None:
    place = desk_place(home, Settings(desk=BEHIND))
    person(place, "operator", "运营")
    browser = asking(place, PROXY)
    browser.headers = httpx2.Headers([(b"x-forwarded-user", "运营".encode())])
    page = browser.get("/audit")
    assert page.status_code == 200
    assert browser.post("/logout", data={"csrf": token(page)}).status_code == 303
    unknown = asking(place, PROXY).get("/", headers={"x-forwarded-user": "nobody"})
    assert unknown.status_code == 401


def test_the_header_of_a_proxy_counts_from_no_other_address(home: Home) -> None:
    place = desk_place(home, Settings(desk=BEHIND))
    person(place, "operator", "operator")
    sent = {"x-forwarded-user": "operator", "x-forwarded-for": PROXY, "x-real-ip": PROXY, "forwarded": f"for={PROXY}"}
    for peer in ("10.0.0.6", "127.0.0.1", "testclient"):
        assert asking(place, peer).get("/", headers=sent).status_code == 401, peer
    assert asking(place, PROXY).get("/", headers=sent).status_code == 200


def test_a_header_that_came_twice_names_nobody(home: Home) -> None:
    place = desk_place(home, Settings(desk=BEHIND))
    person(place, "operator", "operator")
    person(place, "viewer", "viewer")
    twice = [(b"x-forwarded-user", b"operator"), (b"x-forwarded-user", b"viewer")]
    assert asking(place, PROXY).get("/", headers=twice).status_code == 401


def test_a_proxy_may_name_the_role_where_settings_say_so(home: Home) -> None:
    desk = BEHIND.model_copy(update={"trusted_role_header": "X-Role"})
    browser = asking(desk_place(home, Settings(desk=desk)), PROXY)
    named = {"x-forwarded-user": "operator"}
    assert browser.get("/audit", headers=named | {"x-role": "Operator"}).status_code == 200
    assert browser.get("/audit", headers=named | {"x-role": "viewer"}).status_code == 403
    assert browser.get("/", headers=named | {"x-role": "king"}).status_code == 401
    assert browser.get("/", headers=named).status_code == 401


def test_a_cookie_is_for_https_alone_where_the_browser_came_by_it(home: Home) -> None:
    place = desk_place(home, Settings(desk=BEHIND))
    by_proxy = asking(place, PROXY).get("/login", headers={"x-forwarded-proto": "http, https"})
    assert "; Secure" in by_proxy.headers["set-cookie"]
    claimed = asking(place, "10.0.0.6").get("/login", headers={"x-forwarded-proto": "https"})
    assert "; Secure" not in claimed.headers["set-cookie"]
    direct = asking(place, "10.0.0.6", "https://xuanpin.shop.example").get("/login")
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(direct.headers["set-cookie"].split("; "))


def test_the_audit_log_has_the_address_that_the_last_trusted_proxy_saw(home: Home) -> None:
    place = desk_place(home, Settings(desk=BEHIND))
    person(place)
    browser = asking(place, PROXY)
    browser.headers = httpx2.Headers([("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", f"203.0.113.9, {PROXY}")])
    post(browser, "/login", "/login", name="王敏", password="correct horse")
    assert audit_lines(home, 1)[0]["from"] == "203.0.113.9"


def test_wrong_passwords_for_a_name_have_to_wait_and_say_how_long(home: Home) -> None:
    now = [MORNING]
    place = desk_place(home, Settings(desk=DeskSettings(sign_in_attempts=3)), lambda: now[0])
    person(place)
    browser = stranger(place)
    secret = token(browser.get("/login"))

    def tries(name: str, password: str) -> int:
        answer = browser.post("/login", data={"csrf": secret, "name": name, "password": password})
        return int(answer.status_code)

    assert [tries("王敏", "wrong") for _ in range(4)] == [401, 401, 401, 429]
    assert tries(" 王敏", "correct horse") == 429
    refused = browser.post("/login", data={"csrf": secret, "name": "王敏", "password": "correct horse"})
    assert 0 < int(refused.headers["retry-after"]) <= 901
    assert tries("somebody else", "wrong") == 401
    now[0] += timedelta(seconds=int(refused.headers["retry-after"]))
    assert tries("王敏", "correct horse") == 303


def test_many_passwords_at_once_are_no_more_than_one_after_another(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    place = desk_place(home, Settings(desk=DeskSettings(sign_in_attempts=3)))
    person(place)
    looked: list[str] = []

    def looks(text: str, kept: str) -> bool:
        looked.append(text)
        return False

    monkeypatch.setattr("xuanpin.pipelines.desk.sign_in.is_password", looks)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: check(place, "王敏", f"{number}", "203.0.113.9"), range(16)))
    assert found == [None] * 16
    assert len(looked) == 3


def test_wrong_passwords_from_one_address_have_to_wait_whatever_the_name(home: Home) -> None:
    browser = stranger(settled(home, sign_in_attempts_address=3))
    answers = [post(browser, "/login", "/login", name=f"n{i}", password="wrong").status_code for i in range(4)]
    assert answers == [401, 401, 401, 429]


def test_requests_without_end_are_answered_with_wait(home: Home) -> None:
    now = [MORNING]
    place = desk_place(home, Settings(desk=DeskSettings(requests_per_minute=10)), lambda: now[0])
    browser, other = signed_in(place), signed_in(place, "viewer", "乙")
    assert [browser.get("/").status_code for _ in range(11)] == [200] * 10 + [429]
    assert other.get("/").status_code == 200
    wait = int(browser.get("/").headers["retry-after"])
    now[0] += timedelta(seconds=wait)
    assert browser.get("/").status_code == 200


def test_a_form_larger_than_is_taken_is_refused_however_it_is_sent(home: Home) -> None:
    browser = signed_in(settled(home, body_kilobytes=16))
    large = b"a" * (17 << 10)
    assert browser.post("/logout", content=large).status_code == 413
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert browser.post("/logout", content=iter([large]), headers=kind).status_code == 413
    assert browser.get("/").status_code == 200


def test_a_stranger_sends_less_than_a_person(home: Home) -> None:
    place = desk_place(home)
    kind, large = {"content-type": "application/x-www-form-urlencoded"}, b"a=" + b"b" * (17 << 10)
    assert stranger(place).post("/login", content=large, headers=kind).status_code == 413
    assert signed_in(place).post("/logout", content=large, headers=kind).status_code == 403


def test_every_answer_tells_the_browser_to_keep_to_the_desk(home: Home) -> None:
    browser = signed_in(desk_place(home))
    assert 'href="/static/desk.css"' in browser.get("/static/none").text
    for path in ("/", "/audit", "/login", "/health", "/static/desk.css", "/none", "/logout"):
        head = browser.get(path).headers
        policy = head["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert head["x-content-type-options"] == "nosniff"
        assert head["x-frame-options"] == "DENY"
        assert head["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
    assert "server" not in browser.get("/").headers


def test_a_page_frames_the_desk_only_where_settings_say_so(home: Home) -> None:
    head = stranger(settled(home, frame_ancestors=("'self'", "https://airflow.shop.example"))).get("/login").headers
    assert head["content-security-policy"].endswith("frame-ancestors 'self' https://airflow.shop.example")
    assert "x-frame-options" not in head


def test_a_refusal_is_a_page_with_the_words_of_the_command_line(home: Home) -> None:
    place = desk_place(home)
    app = desk_application(place)

    def refusing(kind: str) -> None:
        refusals = {
            "busy": HomeBusy(as_is("another night holds the home")),
            "usage": UsageError(as_is("SKU <b>S1</b>")),
        }
        raise refusals[kind]

    app.add_api_route("/refusing", refusing)
    browser = TestClient(app, base_url=ADDRESS)
    browser.cookies = signed_in(place).cookies
    busy, usage = browser.get("/refusing?kind=busy"), browser.get("/refusing?kind=usage")
    assert (busy.status_code, usage.status_code) == (503, 404)
    assert "another night holds the home" in busy.text
    assert "SKU &lt;b&gt;S1&lt;/b&gt;" in usage.text
    assert browser.get("/refusing").status_code == 422


def test_a_failure_that_nobody_foresaw_shows_nothing_of_itself(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    place = desk_place(home)
    app = desk_application(place)

    def failing() -> None:
        raise KeyError("a customer's words")

    app.add_api_route("/failing", failing)
    browser = TestClient(app, base_url=ADDRESS, raise_server_exceptions=False)
    browser.cookies = signed_in(place).cookies
    answer = browser.get("/failing")
    assert answer.status_code == 500
    assert "customer" not in answer.text
    assert "customer" not in caplog.text
    assert "KeyError in test_desk_requests.py" in caplog.text
    assert answer.headers["x-frame-options"] == "DENY"


def test_a_broken_list_of_people_lets_nobody_in_and_tells_strangers_nothing(home: Home) -> None:
    place = desk_place(home)
    browser = signed_in(place)
    (home.desk / "users.toml").write_text("[[user]]\nname = 3\n", encoding="utf-8")
    answer = browser.get("/")
    assert answer.status_code == 503
    assert str(home.root) not in answer.text
    (home.desk / "users.toml").unlink()
    assert browser.get("/").status_code == 401


def test_a_language_is_chosen_by_the_address_then_the_cookie_then_the_browser(home: Home) -> None:
    place = desk_place(home)

    def language(path: str, **headers: str) -> str:
        text = stranger(place).get(path, headers=headers).text
        return "en" if '<html lang="en">' in text else "zh"

    assert language("/login") == "zh"
    assert language("/login", **{"accept-language": "en-US,en;q=0.9"}) == "en"
    assert language("/login", **{"accept-language": "fr, en;q=0.4, zh-CN;q=0.8"}) == "zh"
    assert language("/login", **{"accept-language": "en;q=x, ,;;"}) == "en"
    assert language("/login", cookie="lang=en") == "en"
    assert language("/login?lang=zh", cookie="lang=en") == "zh"
    assert language("/login?lang=%3Cscript%3E", cookie="lang=<b>") == "zh"


def test_a_desk_below_another_program_keeps_its_links_and_cookies_below_it(home: Home) -> None:
    from fastapi import FastAPI

    outer, place = FastAPI(), desk_place(home)
    outer.mount("/xuanpin", desk_application(place))
    person(place)
    browser = TestClient(outer, base_url=ADDRESS, follow_redirects=False, client=("127.0.0.1", 50_000))
    seen = browser.get("/xuanpin/audit")
    assert seen.status_code == 401
    assert 'href="/xuanpin/static/desk.css"' in seen.text
    assert "Path=/xuanpin" in seen.headers["set-cookie"]
    form = {"csrf": token(seen), "name": "王敏", "password": "correct horse", "next": "/audit"}
    answer = browser.post("/xuanpin/login", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/xuanpin/audit")
    assert browser.get("/xuanpin/audit").status_code == 200
    assert browser.get("/xuanpin/static/desk.css").status_code == 200
    assert COOKIE in answer.headers["set-cookie"]


def test_the_clock_of_a_cookie_may_not_run_ahead(home: Home) -> None:
    later = desk_place(home, clock=lambda: MORNING + timedelta(days=1))
    cookie = signed_in(later).cookies[COOKIE]
    now = desk_place(home, clock=lambda: datetime(2026, 11, 22, 8, 30, tzinfo=MORNING.tzinfo))
    assert stranger(now).get("/", headers={"cookie": f"{COOKIE}={cookie}"}).status_code == 401


def test_a_mounted_desk_says_where_its_home_is_missing(tmp_path: Path) -> None:
    app = MountedDesk({"XUANPIN_HOME": str(tmp_path / "none")}, ())
    answer = TestClient(app, base_url=ADDRESS).get("/")
    assert answer.status_code == 503
    assert "XUANPIN_HOME" in answer.text
    assert not (tmp_path / "none").exists()
