"""The desk's pages on earlier runs, two runs side by side, one SKU, one supplier and one group."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.support.compared_runs import FIRST, SECOND, run_of, sku
from tests.support.desk import desk_place, signed_in
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home

RED = "<script>alert(1)</script>"
OLD = "a_code_of_another_release:height=3"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Two nights: S2 has left, S3 has come with a title that is code, and S1 has a reason of another release."""
    home = Home(tmp_path / "home")
    run_of(home, FIRST, "1111aaaa", [sku("S1", 1), sku("S2", 2), sku("S3")], [("A1", "S2", 1)])
    after = [sku("S1", 1, reasons=[OLD]), sku("S2"), sku("S3", 2, title=RED)]
    run = run_of(home, SECOND, "2222bbbb", after, [("A1", "S3", 1)])
    folder = run_store.run_folder(home, run)
    (folder / "report.html").write_text(f'<p data-sku="S1" data-message="m1">{"收到，碎了"}</p>', encoding="utf-8")
    return home


@pytest.fixture
def browser(home: Home) -> TestClient:
    return signed_in(desk_place(home), "viewer")


def test_every_kept_run_is_listed_and_opens(browser: TestClient) -> None:
    page = browser.get("/runs?lang=en").text
    assert page.index("2026-11-22") < page.index("2026-11-21")
    assert "/runs/2222bbbb/report" in page
    one = browser.get("/runs/2026-11-21")
    assert (one.status_code, browser.get("/runs/1111").text == one.text) == (200, True)
    assert "title of S2" in one.text and "/sku/S2" in one.text


def test_two_runs_stand_side_by_side_either_way_round_and_with_an_agent(browser: TestClient) -> None:
    page = browser.get("/diff?a=2026-11-21&b=2222bbbb&agent=a1&lang=en").text
    assert "in: S3" in page and "out: S2" in page
    main = [browser.get(path).text.partition("<main")[2] for path in ("/diff", "/diff?a=previous&b=latest")]
    assert main[0] == main[1] != ""
    back = browser.get("/diff?a=2222&b=1111&agent=A1").text
    assert "in: S2" in back
    assert "没有任何不同" not in back


@pytest.mark.parametrize("path", ["/sku/S3", "/runs/latest", "/diff", "/supplier/P1"])
def test_what_others_wrote_is_shown_and_not_run(browser: TestClient, path: str) -> None:
    page = browser.get(path).text
    assert RED not in page
    assert "&lt;script&gt;" in page


def test_a_reason_of_another_release_is_told_by_its_code(browser: TestClient) -> None:
    assert "a code of another release" in browser.get("/sku/S1").text
    assert "a code of another release" in browser.get("/diff").text


def test_a_sku_has_its_nights_its_agents_and_what_reports_quote(browser: TestClient) -> None:
    page = browser.get("/sku/S1?lang=en").text
    assert "收到，碎了" in page and "report of 2026-11-22" in page
    assert "/runs/1111aaaa" in page and "/runs/2222bbbb" in page
    assert page.count("<figure>") == 2 and '<svg aria-hidden="true"' in page
    assert "/agent/A1" in browser.get("/sku/S2").text
    assert "No recent report quotes" in browser.get("/sku/S2").text


def test_a_sku_typed_otherwise_leads_to_its_page(browser: TestClient) -> None:
    answer = browser.get("/sku/s2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sku/S2")


@pytest.mark.parametrize(
    "path",
    [
        "/runs/zzzz", "/runs/%2e%2e%2f", "/runs/9999/report", "/runs/2222/report.html", "/runs/1111/report",
        "/diff?a=zz", "/diff?agent=Z9", "/sku/..%2F..%2Fetc%2Fpasswd", "/sku/%00", "/sku/" + "9" * 3000, "/supplier/x",
        "/group/x", "/sku/%FF", "/diff?a=%00", "/runs/1111/workbook", "/list_date=2026-11-22/..%2f/report.html",
    ],
)  # fmt: skip
def test_what_there_is_not_is_no_fault_of_the_desk(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404, answer.text
    assert "/etc/" not in answer.text or "没有" in answer.text
    assert len(answer.text) < 6_000


def test_a_report_is_served_as_it_is_and_has_no_part_in_the_desk(browser: TestClient, home: Home) -> None:
    run = run_store.require_run(home, SECOND)
    answer = browser.get("/runs/2222/report")
    assert answer.content == (run_store.run_folder(home, run) / "report.html").read_bytes()
    rules = [rule.strip() for rule in answer.headers["content-security-policy"].split(";")]
    assert rules[:2] == ["sandbox allow-scripts allow-popups", "default-src 'none'"]
    assert "frame-ancestors 'none'" in rules and not any("same-origin" in rule for rule in rules)
    led = browser.get("/list_date=2026-11-22/run=2222bbbb/report.html")
    assert browser.get(led.headers["location"]).content == answer.content


def test_a_real_night_fills_every_part_of_its_pages(published: Home, tmp_path: Path) -> None:
    run = run_store.require_run(published)
    assert run_store.manifest(published, run)["settings"]["scoring"]["landmine_promise"] == 0.05
    columns = ["sku_id", "supplier_id", "evidence_orders"]
    listed = run_store.read_table(published, run, "sku_list", columns).sort_by([("evidence_orders", "descending")])
    best = listed.to_pylist()[0]
    group = run_store.read_table(published, run, "feedback_mentions", ["group_id"])["group_id"][0].as_py()
    # The desk keeps its key and its people in the home, and other tests only read it.
    place = desk_place(Home(tmp_path / "desk"))
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "published").symlink_to(published.published)
    browser = signed_in(place)
    page = browser.get(f"/sku/{best['sku_id']}?lang=en").text
    assert "Delivered and returned by week" in page and "left no such records" not in page
    assert page.count("<svg aria-hidden") == 3
    for path in (f"/supplier/{best['supplier_id']}", f"/group/{group}", "/runs", "/diff", f"/runs/{run.run_id}"):
        answer = browser.get(f"{path}?lang=zh")
        assert (answer.status_code, answer.text.count("<h1>")) == (200, 1), path
    assert browser.get(f"/runs/{run.run_id}/workbook").content[:2] == b"PK"
    came = browser.get(f"/runs/{date.fromisoformat(run.as_of_date)}?lang=en").text
    assert "Judged so far of this list" in came
