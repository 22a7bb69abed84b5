"""A thousand requests that no page asks for: none fails, and none changes anything in the home."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator

import httpx2
import pytest
from starlette.testclient import TestClient

from tests.support.desk import ADDRESS, desk_place, signed_in, stranger, token
from tests.support.desk_attacks import Attack, attack, home_digests, routes_of
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.application import desk_application
from xuanpin.pipelines.desk.people import ROLES
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.sessions import COOKIE
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.desk import DeskSettings

STRANGERS, READERS, FORMS = 500, 350, 150
"""Requests without a session, with one and with the secret of its forms too."""
UNLIMITED = Settings(
    desk=DeskSettings(requests_per_minute=1_000_000, sign_in_attempts=1_000_000, sign_in_attempts_address=1_000_000)
)


@pytest.fixture(scope="module")
def place(published: Home, tmp_path_factory: pytest.TempPathFactory) -> DeskPlace:
    """A desk on a copy of a home of two nights, whose passwords cost nothing."""
    root = tmp_path_factory.mktemp("fuzz") / "home"
    shutil.copytree(published.root, root)
    return desk_place(Home(root), UNLIMITED)


@pytest.fixture(autouse=True)
def _cheap_passwords() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xuanpin.pipelines.desk.sign_in.NOBODYS", f"scrypt:2:8:3:{'00' * 16}:{'00' * 32}")
        yield


def known_values(home: Home) -> list[str]:
    """Ids and dates that the home holds, so that some requests get beyond the first check."""
    run = run_store.require_run(home)
    skus = run_store.read_table(home, run, "sku_scorecard", ["sku_id", "supplier_id"]).slice(0, 3).to_pylist()
    agents = run_store.read_table(home, run, "agent_summary", ["agent_id"]).slice(0, 2).to_pylist()
    ids = [value for row in (*skus, *agents) for value in row.values()]
    return [run.run_id, run.run_dir, run.list_date, *ids, "pin", "ban", "comment", "yes", "accepted", "operator"]


def sent(browser: TestClient, tried: Attack) -> httpx2.Response:
    request = httpx2.Request(tried.method, f"{ADDRESS}{tried.path}", headers=tried.headers, content=tried.content)
    answer: httpx2.Response = browser.send(request)
    return answer


def test_requests_of_strangers_open_and_change_nothing(place: DeskPlace) -> None:
    browser, routes = stranger(place), routes_of(desk_application(place))
    assert place.key
    before, codes = home_digests(place.home.root), Counter[int]()
    for seed in range(STRANGERS):
        tried = attack(seed, routes)
        browser.cookies.clear()
        answer = sent(browser, tried)
        codes[answer.status_code] += 1
        assert answer.status_code < 500, (seed, tried)
        assert answer.status_code >= 400 or not answer.headers.get("location", "").startswith(("http", "//")), seed
    assert home_digests(place.home.root) == before
    assert codes[401] > STRANGERS // 3


def test_requests_of_people_without_a_form_change_nothing(place: DeskPlace) -> None:
    browsers = [signed_in(place, role, role) for role in ROLES]
    cookies = [browser.cookies[COOKIE] for browser in browsers]
    browser, routes = stranger(place), routes_of(desk_application(place))
    before, known = home_digests(place.home.root), known_values(place.home)
    for seed in range(READERS):
        tried = attack(10_000 + seed, routes, cookies[seed % len(cookies)], known=known)
        browser.cookies.clear()
        assert sent(browser, tried).status_code < 500, (seed, tried)
    assert home_digests(place.home.root) == before


def test_forms_filled_with_anything_never_fail(place: DeskPlace) -> None:
    browsers = [signed_in(place, role, role) for role in ROLES]
    secrets = [(browser.cookies[COOKIE], token(browser.get("/"))) for browser in browsers]
    browser, routes = stranger(place), routes_of(desk_application(place), but=["/logout"])
    forms, known = [route for route in routes if "POST" in route.methods], known_values(place.home)
    for seed in range(FORMS):
        tried = attack(20_000 + seed, forms, *secrets[seed % len(secrets)], known=known)
        browser.cookies.clear()
        assert sent(browser, tried).status_code < 500, (seed, tried)
