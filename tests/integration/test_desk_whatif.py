"""The page What if: a draft in an address, its list beside the list as it is, and what becomes of it."""

from __future__ import annotations

import shutil
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import LAST_DAY
from tests.support.desk import MORNING, desk_place, person, post, signed_in
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.audit import audit_lines
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.planner import MOST_WAITING, Planner, PlannerBusy
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.problem import Problem, read_problem
from xuanpin.pipelines.settings import load_settings

LIST_DATE = (LAST_DAY + timedelta(days=1)).isoformat()


@pytest.fixture
def place(golden_home: Home, tmp_path: Path) -> DeskPlace:
    """A desk on a copy of the golden home."""
    return desk_place(Home(shutil.copytree(golden_home.root, tmp_path / "home")))


@pytest.fixture
def browser(place: DeskPlace) -> TestClient:
    return signed_in(place, "merchandiser")


def listed(home: Home) -> list[str]:
    rows = run_store.read_table(home, run_store.require_run(home), "sku_list", ["sku_id", "list_rank"])
    ids: list[str] = rows.sort_by("list_rank")["sku_id"].to_pylist()
    return ids


def test_the_form_has_the_nights_values_and_nothing_is_solved(place: DeskPlace, browser: TestClient) -> None:
    page = browser.get("/what-if").text
    assert 'name="size" inputmode="decimal" autocomplete="off" maxlength="20" value="120"' in page
    assert 'name="promise" inputmode="decimal" autocomplete="off" maxlength="20" value="5"' in page
    assert 'id="result"' not in page
    again = browser.get(f"/what-if?list_date={LIST_DATE}&size=１２０&promise=5.0%25&pins=&bans=").text
    assert 'id="result"' not in again


@pytest.mark.parametrize(("language", "said"), [("zh", "进入 0 款，离开 1 款"), ("en", "0 in, 1 out")])
def test_a_draft_in_the_address_is_solved_beside_the_list_as_it_is(
    place: DeskPlace, browser: TestClient, language: str, said: str
) -> None:
    before = {path: path.read_bytes() for path in place.home.published.rglob("*") if path.is_file()}
    gone = listed(place.home)[0]
    answer = browser.get(f"/what-if?bans={gone.lower()}&lang={language}")
    assert (answer.status_code, said in answer.text) == (200, True)
    assert f'<span class="small">{gone}</span>' in answer.text
    assert f"bans={gone.lower()}" in answer.text
    assert before == {path: path.read_bytes() for path in place.home.published.rglob("*") if path.is_file()}


def test_sizes_against_promises_are_drawn_and_lead_to_their_drafts(browser: TestClient) -> None:
    page = browser.get("/what-if?size=4&frontier=1&lang=en").text
    assert "<svg" in page and "size=6&amp;promise=" in page


@pytest.mark.parametrize(
    ("query", "language", "said"),
    [
        ("size=many", "en", "SKUs on the list: &#39;many&#39; is no number"),
        ("size=many", "zh", "清单长度：&#39;many&#39; 不是数字"),
        ("size=4.5", "en", "SKUs on the list: &#39;4.5&#39; is no whole number"),
        ("size=0", "en", "assortment.list_size = 0: write at least 1"),
        ("promise=nan", "en", "is out of range"),
        ("size=1e999999", "en", "is out of range"),
        ("promise=101", "en", "scoring.landmine_promise = 1.01"),
        ("category_max=fruit", "en", "write category=number, one a line"),
        ("pins=S999", "en", "SKU &#39;S999&#39; is no candidate"),
        ("bans=" + "+".join(f"S{number}" for number in range(51)), "en", "51 SKUs pinned or banned"),
    ],
)
def test_a_draft_that_cannot_be_meant_says_so_beside_the_form(
    browser: TestClient, query: str, language: str, said: str
) -> None:
    answer = browser.get(f"/what-if?{query}&lang={language}")
    assert answer.status_code == 409
    assert said in answer.text
    assert 'name="size"' in answer.text


def test_a_draft_becomes_the_overrides_that_the_command_line_stores(
    place: DeskPlace, browser: TestClient, tmp_path: Path
) -> None:
    gone = listed(place.home)[0]
    seen = f"/what-if?bans={gone}"
    answer = post(browser, "/what-if/overrides", seen=seen, draft=f"bans={gone}", list_date=LIST_DATE, reason="太贵")
    assert (answer.status_code, answer.headers["location"]) == (303, "/what-if")
    assert f"已记下：下架 {gone}。" in browser.get("/what-if").text
    (drop,) = place.home.overrides.glob("*.csv")
    row = drop.read_text(encoding="utf-8").splitlines()[-1].split(",")
    assert {gone, "ban", "太贵", "王敏", MORNING.isoformat()} <= set(row)
    assert audit_lines(place.home, 1)[0]["subject"] == f"ban {gone}"


def test_a_draft_becomes_a_proposed_settings_file(place: DeskPlace, browser: TestClient) -> None:
    fields = {"draft": "size=4&promise=3", "list_date": LIST_DATE, "name": "短一点", "reason": "太长"}
    answer = post(browser, "/what-if/proposal", seen="/what-if?size=4", **fields)
    assert answer.status_code == 303
    path = place.home.desk / "proposals" / "短一点.toml"
    proposed = load_settings(path)
    assert (proposed.assortment.list_size, proposed.scoring.landmine_promise) == (4, 0.03)
    assert path.read_text(encoding="utf-8").startswith("# Proposed by 王敏 at 2026-11-22 08:30: 太长\n")
    again = post(browser, "/what-if/proposal", seen="/what-if?size=4", **fields)
    assert (again.status_code, "已经有了" in again.text) == (409, True)
    for name in ("../escape", "", "a/b", ".."):
        wrong = post(browser, "/what-if/proposal", seen="/what-if?size=4", **(fields | {"name": name}))
        assert wrong.status_code == 409, name
    assert [path.name for path in place.home.desk.rglob("*.toml")] == ["users.toml", "短一点.toml"]


def test_a_viewer_tries_and_decides_nothing(place: DeskPlace) -> None:
    viewer = signed_in(place, "viewer", "李看")
    gone = listed(place.home)[0]
    assert "what-if/overrides" not in viewer.get(f"/what-if?bans={gone}").text
    for path in ("/what-if/overrides", "/what-if/proposal"):
        assert post(viewer, path, draft=f"bans={gone}", list_date=LIST_DATE, reason="太贵").status_code == 403
    assert not place.home.overrides.exists()


def test_one_draft_a_person_and_a_short_queue(place: DeskPlace) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(folder: Path) -> Problem:
        begun.set()
        assert go_on.wait(30)
        return read_problem(folder)

    planner = Planner(slowly)
    first = threading.Thread(target=planner.plan, args=(place.home, None, Draft(), "王敏"))
    first.start()
    assert begun.wait(30)
    with pytest.raises(PlannerBusy):
        planner.plan(place.home, None, Draft(), "王敏")
    others = [
        threading.Thread(target=planner.plan, args=(place.home, None, Draft(), f"p{number}"))
        for number in range(MOST_WAITING - 1)
    ]
    for other in others:
        other.start()
    try:
        for _ in range(1_000):
            if len(planner.waiting) == MOST_WAITING:
                break
            time.sleep(0.01)
        assert len(planner.waiting) == MOST_WAITING
        with pytest.raises(PlannerBusy):
            planner.plan(place.home, None, Draft(), "p99")
    finally:
        go_on.set()
    for thread in (first, *others):
        thread.join()
    assert planner.plan(place.home, None, Draft(), "p99").entering == ()


def test_a_pin_over_the_cap_takes_a_second_person_who_proves_it(place: DeskPlace, browser: TestClient) -> None:
    scores = run_store.read_table(place.home, run_store.require_run(place.home), "sku_scorecard").to_pylist()
    risky = next(row["sku_id"] for row in scores if row["landmine_probability"] > 0.3)
    seen = f"/what-if?pins={risky}&approved=1"
    assert 'name="second"' in browser.get(seen).text
    fields = {"draft": f"pins={risky}&approved=1", "list_date": LIST_DATE, "reason": "试一次"}
    assert "landmine cap" in post(browser, "/what-if/overrides", seen=f"{seen}&lang=en", **fields).text
    person(place, "approver", "李审", "correct horse")
    wrong = post(browser, "/what-if/overrides", seen=seen, **fields, second="李审", password="battery staple")
    assert (wrong.status_code, place.home.overrides.exists()) == (409, False)
    right = post(browser, "/what-if/overrides", seen=seen, **fields, second="李审", password="correct horse")
    assert right.status_code == 303
    (drop,) = place.home.overrides.glob("*.csv")
    assert {risky, "pin", "王敏", "李审"} <= set(drop.read_text(encoding="utf-8").splitlines()[-1].split(","))


def test_a_draft_that_pins_and_bans_nothing_is_no_decision(place: DeskPlace, browser: TestClient) -> None:
    fields = {"draft": "size=10", "list_date": LIST_DATE, "reason": "试一次"}
    assert post(browser, "/what-if/overrides", seen="/what-if?pins=S1&lang=zh", **fields).status_code == 409
