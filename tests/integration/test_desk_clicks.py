"""What is decided by clicks is decided as by commands: the same files, byte for byte, in two copies of one home."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from tests.support.desk import MORNING, desk_place, post, signed_in, token
from tests.support.kill_points import picture
from xuanpin.pipelines import run_store
from xuanpin.pipelines.cli import options, overrides, publishing
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.typed.writing import write_rows

DAY = "2026-11-22"
APPROVER, SECOND, OPERATOR = "王敏", "李雷", "韩梅"
OWN = ("desk/", "keys/", "logs/")
"""What the desk keeps for itself."""


class Fixed(datetime):
    """A clock that stands at the desk's morning."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        """The morning, whatever zone is asked for."""
        return MORNING


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (options, overrides, publishing):
        monkeypatch.setattr(module, "datetime", Fixed)


@pytest.fixture(scope="module")
def waiting(golden_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The golden home with its list waiting for a person."""
    home = Home(shutil.copytree(golden_home.root, tmp_path_factory.mktemp("waiting") / "home"))
    run = run_store.require_run(home)
    sealing.take_back(home, 14, run)
    run_store.await_review(home, sealing.set_state(home, run, "pending", None))
    return home


class Both:
    """Two copies of one home: one for commands, one for clicks."""

    def __init__(self, root: Path, home: Home) -> None:
        """Copy `home` twice into `root`."""
        self.typed, self.clicked = (Home(shutil.copytree(home.root, root / name)) for name in ("typed", "clicked"))
        self.place = desk_place(self.clicked)
        self.kept: list[str] = []
        self.run = run_store.latest_run(self.clicked)
        self.sku = run_store.read_table(self.clicked, self.run, "sku_list").sort_by("list_rank")["sku_id"].to_pylist()

    def command(self, *words: str) -> str:
        """Give a command and return what it says; a list that is rejected leaves with a code of its own."""
        done = CliRunner().invoke(app, [*words, "--home", str(self.typed.root)])
        assert done.exception is None or type(done.exception).__name__ in ("NothingPublished",), done.exception
        return done.output

    def click(self, path: str, **fields: str) -> None:
        """Send a form of the page of tonight as the approver, twice as an impatient hand does."""
        browser = self.browser("approver", APPROVER)
        seen = {"list_date": DAY, "run_id": self.run.run_id, **fields}
        for _ in range(2):
            answer = post(browser, path, **seen)
            assert answer.status_code == 303, answer.text[-800:]

    def browser(self, role: Any, name: str) -> TestClient:
        """A browser in which somebody has signed in."""
        return signed_in(self.place, role, name)

    @property
    def pictures(self) -> list[dict[str, str]]:
        """What either home holds, without what the desk keeps for itself."""
        found = []
        for home in (self.typed, self.clicked):
            seen = picture(home.root)
            found.append({name: held for name, held in seen.items() if not name.startswith(OWN)})
        return found


@pytest.fixture
def shown(golden_home: Home, tmp_path: Path, clock: None) -> Both:
    return Both(tmp_path, golden_home)


@pytest.fixture
def pending(waiting: Home, tmp_path: Path, clock: None) -> Both:
    return Both(tmp_path, waiting)


def hold(both: Both, name: str) -> Iterator[str]:
    """The files of one kind that clicks have made."""
    return (path.name for path in sorted((both.clicked.root / name).glob("*")))


def test_a_pin_and_a_ban(shown: Both) -> None:
    sku, other = shown.sku[:2]
    why = ("--reason", "群里投诉 13812345678", "--author", APPROVER)
    shown.command("ban", sku, *why, "--until", "2026-12-01")
    shown.command("pin", other, *why)
    shown.click("/skus/decide", action="ban", sku_id=sku, reason="群里投诉 13812345678", until="2026-12-01")
    shown.click("/skus/decide", action="pin", sku_id=other, reason="群里投诉 13812345678")
    typed, clicked = shown.pictures
    assert typed == clicked
    assert len(list(hold(shown, "overrides"))) == 2


def test_a_swap_is_one_file_with_both(shown: Both) -> None:
    sku, other = shown.sku[:2]
    shown.command("swap", sku, other, "--reason", "换一个", "--author", APPROVER)
    shown.click("/skus/decide", action="swap", sku_id=sku, other=f" {other} ", reason="换一个")
    typed, clicked = shown.pictures
    assert typed == clicked
    (drop,) = (shown.clicked.overrides / name for name in hold(shown, "overrides"))
    assert [line.split(",")[1:3] for line in drop.read_text("utf-8").splitlines()[1:]] == [[sku, "ban"], [other, "pin"]]


def test_a_cleared_hold_with_a_second_person_who_types_her_password(shown: Both) -> None:
    shown.browser("approver", SECOND)
    why = ("--reason", "看过样品", "--author", APPROVER, "--approved-by", SECOND)
    shown.command("clear-danger", shown.sku[0], *why)
    second = {"second": SECOND, "password": "correct horse"}
    shown.click("/skus/decide", action="clear", sku_id=shown.sku[0], reason="看过样品", **second)
    typed, clicked = shown.pictures
    assert typed == clicked
    assert len(list(hold(shown, "overrides"))) == 1


def test_a_cleared_hold_that_another_approver_confirms(shown: Both) -> None:
    why = ("--reason", "看过样品", "--author", APPROVER, "--approved-by", SECOND)
    shown.command("clear-danger", shown.sku[0], *why)
    shown.click("/skus/decide", action="clear", sku_id=shown.sku[0], reason="看过样品")
    assert not list(hold(shown, "overrides"))
    (request,) = (path.stem for path in (shown.clicked.desk / "requests").glob("*.json"))
    asking, second = shown.browser("approver", APPROVER), shown.browser("approver", SECOND)
    assert post(asking, "/skus/confirm", request_id=request, agrees="yes").status_code == 409
    assert post(second, "/skus/confirm", request_id=request, agrees="yes").status_code == 303
    assert post(second, "/skus/confirm", request_id=request, agrees="yes").status_code == 409
    typed, clicked = shown.pictures
    assert typed == clicked


def test_an_approval(pending: Both) -> None:
    pending.command("approve", "--list-date", DAY, "--by", APPROVER, "--reason", "看过了")
    pending.click("/list/approve", reason="看过了")
    typed, clicked = pending.pictures
    assert typed == clicked
    assert run_store.require_run(pending.clicked).state == "approved"


def test_a_rejection(pending: Both) -> None:
    pending.command("reject", "--list-date", DAY, "--by", APPROVER, "--reason", "满意度不对")
    pending.click("/list/reject", reason="满意度不对")
    typed, clicked = pending.pictures
    assert typed == clicked
    assert run_store.pending_runs(pending.clicked) == []


def test_a_list_that_is_taken_back(shown: Both) -> None:
    shown.command("unpublish", "--list-date", DAY, "--by", APPROVER, "--reason", "日期不对")
    browser = shown.browser("approver", APPROVER)
    fields = {"list_date": DAY, "run_id": shown.run.run_id, "reason": "日期不对"}
    assert post(browser, "/list/unpublish", **fields).status_code == 303
    typed, clicked = shown.pictures
    assert typed == clicked
    assert run_store.current_run(shown.clicked) is None


def test_a_recall_and_its_end(shown: Both) -> None:
    sku = shown.sku[0]
    shown.command("recall", sku, "--reason", "烫手", "--by", APPROVER)
    shown.click("/skus/recall", sku_id=sku, reason="烫手")
    typed, clicked = shown.pictures
    assert typed == clicked
    shown.run = run_store.require_run(shown.clicked)
    assert shown.run.state == "recalled"
    shown.command("recall", sku, "--reason", "换了批次", "--by", APPROVER, "--until", "2026-11-21")
    shown.click("/skus/lift", sku_id=sku, reason="换了批次")
    typed, clicked = shown.pictures
    assert typed == clicked


def test_an_answer_that_operations_note_for_an_agent(shown: Both, tmp_path: Path) -> None:
    match = run_store.read_table(shown.clicked, shown.run, "agent_matches").to_pylist()[0]
    row = [DAY, match["agent_id"], match["sku_id"], "婉拒", "price", "太贵 13812345678"]
    head = ["list_date", "agent_id", "sku_id", "answer", "reason_code", "comment"]
    write_rows(tmp_path / "answers.csv", "answers", [head, row])
    shown.command("answers", "import", str(tmp_path / "answers.csv"))
    said = {"answer": "declined", "reason_code": "price", "comment": "太贵 13812345678"}
    operator = shown.browser("operator", OPERATOR)
    for _ in range(2):
        page = f"/agent/{match['agent_id']}"
        done = post(operator, "/agents/answer", page, list_date=DAY, **_ids(match), **said)
        assert (done.status_code, done.headers["location"]) == (303, page)
    typed, clicked = shown.pictures
    assert typed == clicked
    assert len(list(hold(shown, "answers"))) == 1
    assert "价格不合适" in operator.get(page).text


def _ids(match: dict[str, Any]) -> dict[str, str]:
    return {name: match[name] for name in ("agent_id", "sku_id")}


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_who_comes_second_is_told_by_whom_and_when_and_changes_nothing(pending: Both, action: str) -> None:
    ours, others = pending.browser("approver", APPROVER), pending.browser("approver", SECOND)
    fields = {"list_date": DAY, "run_id": pending.run.run_id, "reason": "看过了"}
    assert post(others, "/list/approve", **fields).status_code == 303
    before = picture(pending.clicked.root)
    told = post(ours, f"/list/{action}", **fields)
    assert told.status_code == 409
    assert SECOND in told.text and "08:30" in told.text
    after = picture(pending.clicked.root)
    assert {name for name in before | after if before.get(name) != after.get(name)} <= {"desk/users.toml"}


def decide_by_hand(both: Both, name: str, action: str, label: str) -> httpx2.Response:
    """Send the form on the first SKU that stands before a `label` of the page, which is opened now."""
    browser = both.browser("merchandiser", name)
    page = browser.get("/").text
    seen = re.findall(rf'name="seen" value="([^"]*)">\n<label>{label}', page)[0]
    form = {"list_date": DAY, "run_id": both.run.run_id, "sku_id": both.sku[0], "reason": "看过了"}
    both.kept.append(seen)
    sent = {**form, "csrf": token(browser.get("/")), "action": action, "seen": both.kept[0]}
    answer: httpx2.Response = browser.post("/skus/decide", data=sent)
    return answer


@pytest.mark.parametrize("label", ["理由或备注", "商品编号"])
def test_who_decides_on_a_sku_after_another_is_told_by_whom(shown: Both, label: str) -> None:
    assert decide_by_hand(shown, "小陈", "ban", label).status_code == 303
    told = decide_by_hand(shown, "小赵", "pin", label)
    assert told.status_code == 409 and "小陈" in told.text
    assert len(list(hold(shown, "overrides"))) == 1
    shown.kept.clear()
    assert decide_by_hand(shown, "小赵", "pin", label).status_code == 303


HOLDING = "import sys, duckdb; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


def test_while_a_night_holds_the_home_what_needs_it_waits_and_the_rest_goes_on(shown: Both) -> None:
    browser = shown.browser("approver", APPROVER)
    on_sku = {"list_date": DAY, "run_id": shown.run.run_id, "sku_id": shown.sku[0], "reason": "看过了"}
    command = [sys.executable, "-c", HOLDING, str(shown.clicked.warehouse)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as night:
        assert night.stdout is not None and night.stdout.readline() == b"held\n"
        assert browser.get("/").status_code == 200
        assert post(browser, "/skus/decide", action="ban", **on_sku).status_code == 503
        assert not list(hold(shown, "overrides"))
        assert post(browser, "/skus/decide", action="comment", **on_sku).status_code == 303
        assert post(browser, "/skus/recall", **on_sku).status_code == 303
        night.communicate()
    assert run_store.require_run(shown.clicked).state == "recalled"
