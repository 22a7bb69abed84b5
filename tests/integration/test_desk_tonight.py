"""The page of tonight: what it shows, to whom it offers which decision, and what its small print does."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx2
import pytest

from tests.support import tiny_runs
from tests.support.desk import MORNING, desk_place, post, signed_in, token
from tests.support.desk_night import SKUS, TODAY, YESTERDAY, waiting_list
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.people import Role
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.settings import Settings

TAGS = re.compile(r"<[^>]*>|商品 S[0-9]|A00012|V1")


@pytest.fixture
def place(tmp_path: Path) -> DeskPlace:
    home = Home(tmp_path / "home")
    waiting_list(home)
    return desk_place(home)


def shown(place: DeskPlace) -> dict[str, str]:
    """What the forms of the page carry of the list that waits."""
    run = run_store.latest_run(place.home)
    return {"list_date": run.list_date, "run_id": run.run_id}


def test_the_page_shows_the_list_that_waits_and_escapes_what_others_wrote(place: DeskPlace) -> None:
    page = signed_in(place).get("/").text
    assert "等待审批" in page and 'action="/list/approve"' in page
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page
    assert 'class="verdict look"' in page and "没有留下巡检结论" in page, "no findings are no good ones"
    assert "雷品概率超限" in page and "有 2 条反馈说它危险" in page
    assert page.count('name="action" value="clear"') == 3, "the held SKU, as danger and near miss, and any other SKU"


def test_the_page_is_in_one_language(place: DeskPlace) -> None:
    said = TAGS.sub(" ", signed_in(place).get("/?lang=en").text.partition("<main")[2])
    assert not re.search(r"[\u4e00-\u9fff]", said.replace("家居/收纳", ""))


@pytest.mark.parametrize(
    ("role", "decides", "approves"),
    [("viewer", False, False), ("operator", False, False), ("merchandiser", True, False), ("approver", True, True)],
)
def test_only_who_may_decide_is_offered_to(place: DeskPlace, role: Role, decides: bool, approves: bool) -> None:
    browser = signed_in(place, role, "某人")
    page = browser.get("/").text
    assert ("/skus/decide" in page, "/list/approve" in page) == (decides, approves)
    comment = {**shown(place), "sku_id": "S1", "action": "comment", "reason": "好看"}
    assert post(browser, "/skus/decide", **comment).status_code == (303 if decides else 403)
    assert post(browser, "/list/approve", **shown(place)).status_code == (303 if approves else 403)


def test_a_comment_stands_once_beside_its_sku_without_personal_data(place: DeskPlace) -> None:
    browser = signed_in(place)
    comment = {**shown(place), "sku_id": " s1 ", "action": "comment", "reason": "样品在 13812345678 那里 <b>"}
    for _ in range(2):
        assert post(browser, "/skus/decide", **comment).status_code == 303
    (kept,) = place.home.reviews.glob("comment-*.json")
    facts = json.loads(kept.read_text(encoding="utf-8"))
    assert (facts["sku_id"], facts["by"], facts["at"]) == ("S1", "王敏", MORNING.isoformat(timespec="seconds"))
    assert "13812345678" not in facts["reason"]
    assert "那里 &lt;b&gt;</span>" in browser.get("/").text


def test_a_page_of_another_run_decides_nothing(place: DeskPlace) -> None:
    browser = signed_in(place)
    told = post(browser, "/list/approve", list_date=TODAY.isoformat(), run_id="c" * 64)
    assert told.status_code == 409
    assert run_store.pending_run(place.home, TODAY) is not None
    assert not place.home.reviews.exists()


@pytest.mark.parametrize("typed", ["a00012", "A12", "12", "Ａ０００１２", "A0001"])
def test_an_agent_is_found_however_her_id_is_typed(place: DeskPlace, typed: str) -> None:
    found = signed_in(place).get("/agents", params={"find": typed})
    assert (found.status_code, found.headers.get("location")) == (303, "/agent/A00012")


def test_an_agent_who_is_not_there_is_not_found(place: DeskPlace) -> None:
    assert "没有这样的团长" in signed_in(place).get("/agents", params={"find": "Z9"}).text


def test_an_agents_page_shows_her_skus_and_offers_operations_to_note_an_answer(place: DeskPlace) -> None:
    read, noted = (signed_in(place, role, role).get("/agent/A00012").text for role in ("viewer", "operator"))
    assert "&lt;script&gt;alert(1)" in read and "可转发的卡片" in read
    assert "/agents/answer" in noted and "/agents/answer" not in read


def test_a_refused_decision_says_why_and_stores_nothing(place: DeskPlace) -> None:
    browser = signed_in(place)
    asked = {**shown(place), "sku_id": "S1", "action": "swap", "reason": "换", "other": "  "}
    told = post(browser, "/skus/decide", **asked)
    assert told.status_code == 409 and "换品没有写明" in told.text
    wrong = post(browser, "/skus/decide", **{**asked, "action": "ban", "until": "tomorrow"})
    assert wrong.status_code == 409 and "YYYY-MM-DD" in wrong.text
    assert not place.home.overrides.exists()


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("李雷", "wrong horse", "姓名或密码不对"),
        ("小赵", "correct horse", "不是审批人"),
        ("王敏", "correct horse", "不能是做决定的人自己"),
    ],
)
def test_the_second_person_is_an_approver_who_proves_it(place: DeskPlace, name: str, password: str, said: str) -> None:
    signed_in(place, "approver", "李雷")
    signed_in(place, "merchandiser", "小赵")
    browser = signed_in(place, "approver", "王敏")
    asked = {**shown(place), "sku_id": "S4", "action": "clear", "reason": "看过样品"}
    told = post(browser, "/skus/decide", **asked, second=name, password=password)
    assert told.status_code == 409 and said in told.text
    assert not place.home.overrides.exists()


def test_behind_a_proxy_a_second_person_confirms_under_her_own_name(place: DeskPlace) -> None:
    behind = DeskPlace(place.home, Settings.model_validate({"desk": {"trusted_header": "X-User"}}), place.clock)
    asking, other = signed_in(behind, "merchandiser", "小陈"), signed_in(behind, "approver", "李雷")
    page = asking.get("/").text
    assert 'name="password"' not in page
    asked = {**shown(place), "sku_id": "S3", "action": "pin", "reason": "样品没问题"}
    for _ in range(2):
        assert post(asking, "/skus/decide", **asked).status_code == 303
    (request,) = (path.stem for path in (place.home.desk / "requests").glob("*.json"))
    offered = 'name="agrees" value="yes"'
    assert offered in other.get("/").text and offered not in asking.get("/").text
    assert post(asking, "/skus/confirm", request_id=request, agrees="yes").status_code == 409
    assert post(other, "/skus/confirm", request_id=request, agrees="no").status_code == 303
    assert not list((place.home.desk / "requests").glob("*.json"))


def test_of_two_who_approve_at_once_one_wins_and_the_other_is_told_by_whom(place: DeskPlace) -> None:
    people = {name: signed_in(place, "approver", name) for name in ("王敏", "李雷")}
    sent = {name: {**shown(place), "csrf": token(browser.get("/"))} for name, browser in people.items()}
    together = Barrier(2)

    def approve(name: str) -> httpx2.Response:
        together.wait()
        answer: httpx2.Response = people[name].post("/list/approve", data=sent[name])
        return answer

    with ThreadPoolExecutor(2) as hands:
        answers = dict(zip(people, hands.map(approve, people), strict=True))
    (winner,) = (name for name, answer in answers.items() if answer.status_code == 303)
    (other,) = (name for name, answer in answers.items() if answer.status_code == 409)
    assert winner in answers[other].text
    (record,) = place.home.reviews.glob("approve-*.json")
    assert json.loads(record.read_text(encoding="utf-8"))["by"] == winner


def test_a_refused_form_shows_what_was_typed_to_be_corrected(place: DeskPlace) -> None:
    browser = signed_in(place)
    typed = {"action": "pin", "sku_id": "S9", "reason": 'a long "reason"', "second": "李", "password": "secret words"}
    refused = post(browser, "/skus/decide", **shown(place), **typed)
    assert refused.status_code == 409 and "secret words" not in refused.text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', refused.text.partition("<main")[2]))
    assert fields["sku_id"] == "S9" and fields["reason"] == "a long &#34;reason&#34;" and fields["second"] == "李"
    assert fields["action"] == "pin" and fields["run_id"] == shown(place)["run_id"]
    assert 'href="/?lang=en"' in refused.text, "the address of a form is no page"
    empty = post(
        browser, "/skus/decide", **shown(place) | {"list_date": "today"}, action="pin", sku_id="S1", reason="x"
    )
    assert empty.status_code == 422 and 'name="reason" value="x"' in empty.text


def test_a_damaged_file_of_a_run_is_no_failure_of_the_program(place: DeskPlace) -> None:
    folder, browser = run_store.run_folder(place.home, run_store.latest_run(place.home)), signed_in(place)
    manifest = (folder / run_store.MANIFEST).read_bytes()
    (folder / run_store.MANIFEST).write_text("{", encoding="utf-8")
    assert "已损坏；请从数据目录的备份恢复" in browser.get("/").text
    assert browser.get("/runs").status_code == 200, "the other runs are shown"
    (folder / run_store.MANIFEST).write_bytes(manifest)
    (folder / "sku_list.parquet").write_text("{", encoding="utf-8")
    assert {browser.get(path).status_code for path in ("/", "/runs/latest")} == {503}


def test_who_looks_for_what_is_not_there_is_told_so(place: DeskPlace) -> None:
    browser = signed_in(place)
    for path in ("/?list_date=2026-11-01", "/agent/A99999", "/runs/nothing", "/diff?a=nothing"):
        answer = browser.get(path)
        assert (answer.status_code, "没有可看的内容" in answer.text) == (404, True), path


def test_the_list_that_agents_see_meanwhile_is_a_click_away_for_the_same_day_too(place: DeskPlace) -> None:
    browser = signed_in(place)
    assert f'href="/?list_date={YESTERDAY}"' in browser.get("/").text
    shown_now = tiny_runs.publish(place.home, TODAY, "c" * 64)
    assert f'href="/runs/{shown_now.run_id}"' in browser.get("/").text


def test_a_sku_is_not_swapped_for_itself(place: DeskPlace) -> None:
    told = post(signed_in(place), "/skus/decide", **shown(place), action="swap", sku_id="S2", other=" S2", reason="x")
    assert told.status_code == 409 and "不能换成它自己" in told.text


TRIED = {"experiment": "<少囤货>", "trial_state": "stopped", "stopped_by": "regret_rate", "days_counted": 12,
         "looks_confidence": 0.975, "verdict": "worse", "metric": "regret_rate", "treated": 0.081, "control": 0.05,
         "effect": 0.031, "effect_lower": 0.004, "effect_upper": 0.058}  # fmt: skip


def test_a_trial_is_told_in_words_and_figures(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    open_one = TRIED | {
        "metric": "kept_units",
        "verdict": "open",
        "treated": 1.5,
        "control": None,
        "effect_lower": None,
    }
    tiny_runs.publish(home, TODAY, "a" * 64, sku_list=[SKUS[0]], experiment_results=[open_one, TRIED])
    reader = signed_in(desk_place(home))
    page = reader.get("/").text
    assert "试验“&lt;少囤货&gt;”已自动叫停：踩雷率变差" in page
    assert "8.10 %" in page and "+0.40 % … +5.80 %" in page and "1.50" in page and "– … +0.06" in page
    assert "because regret rate got worse" in reader.get("/?lang=en").text
