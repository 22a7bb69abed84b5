"""A new user's folder of six foreign exports: connected, questioned, written, checked, and a list from the night."""

from __future__ import annotations

import json
import shlex
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.support.foreign_exports import Shop, write_exports
from xuanpin.pipelines.cli import connect as verb
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings import load_settings

KEY = "a key of the test"


@pytest.fixture(scope="module")
def shop() -> Shop:
    """A shop whose exports end yesterday, as the command line goes by the clock."""
    return Shop(last=datetime.now(BEIJING).date() - timedelta(days=1))


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory, shop: Shop) -> Path:
    return write_exports(tmp_path_factory.mktemp("shop") / "exports", shop)


@pytest.fixture
def with_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUANPIN_CUSTOMER_KEY", KEY)


def xuanpin(*words: str | Path, said: str | None = None) -> Result:
    """Run the command line in this process, with what somebody types."""
    return CliRunner().invoke(app, list(map(str, words)), input=said)


def _answer_open(file: Path) -> None:
    """Leave out what has no proposal."""
    file.write_text(file.read_text("utf-8").replace('= ""', '= "leave_out"'), encoding="utf-8")


def secrets(shop: Shop) -> set[str]:
    """What identifies somebody in the exports."""
    lines = [line for line in shop.orders if line["买家昵称"]]
    return {str(line[name]) for line in lines for name in ("买家昵称", "收货人手机", "收货地址")}


def texts(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*")) if path.is_file())


def test_six_exports_become_a_list(exports: Path, shop: Shop, tmp_path: Path, with_key: None) -> None:
    result = xuanpin("connect", exports, "--to", tmp_path / "out", "--yes")
    assert result.exit_code == 0, result.output
    written = texts(tmp_path / "out")
    assert not [secret for secret in secrets(shop) if secret in result.output + written]
    tables = load_settings(tmp_path / "out" / "xuanpin.toml").sources.tables
    assert {
        name: getattr(tables, name).reads for name in ("orders", "products", "returns", "chat_messages", "inventory")
    } == {
        "orders": "订单导出*.csv",
        "products": "商品档案*.xlsx",
        "returns": "售后单 *.json",
        "chat_messages": "群导出*.zip/群聊记录*.csv",
        "inventory": "库存快照*.txt",
    }
    assert (tables.products.sheet, tables.orders.accepts, tables.returns.accepts) == (
        "商品",
        ("title_lines",),
        ("json_documents",),
    )
    night = next(line for line in result.output.splitlines() if "xuanpin nightly" in line).split("xuanpin ")[1]
    assert f"--as-of {shop.last}" in night
    done = xuanpin(*shlex.split(night))
    assert done.exit_code == 0, done.output
    assert str(shop.last + timedelta(days=1)) in done.output


def test_where_nobody_can_be_asked_the_questions_are_written_and_nothing_else(
    exports: Path, tmp_path: Path, with_key: None
) -> None:
    out = tmp_path / "out"
    result = xuanpin("connect", exports, "--to", out)
    assert isinstance(result.exception, UsageError) and "questions are open" in str(result.exception)
    assert [path.name for path in out.iterdir()] == ["questions.toml"]
    questions = tomllib.loads((out / "questions.toml").read_text(encoding="utf-8"))
    assert questions["订单导出*.csv / 完成时间"] == "delivered_at"
    (out / "questions.toml").write_text('"订单导出*.csv / 完成时间" = "leave_out"\n', encoding="utf-8")
    partly = xuanpin("connect", exports, "--to", out, "--answers", out / "questions.toml")
    assert isinstance(partly.exception, UsageError)
    kept = tomllib.loads((out / "questions.toml").read_text(encoding="utf-8"))
    assert kept == {**questions, "订单导出*.csv / 完成时间": "leave_out"}, (
        "what was answered stands beside what is open"
    )
    (out / "questions.toml").write_text(
        "".join(f"{json.dumps(key, ensure_ascii=False)} = {json.dumps(value)}\n" for key, value in questions.items()),
        encoding="utf-8",
    )
    _answer_open(out / "questions.toml")
    answered = xuanpin("connect", exports, "--to", out, "--answers", out / "questions.toml", "--json")
    facts = json.loads(answered.stdout)
    assert facts["is_ready"] and facts["questions"] == [] and facts["taken"] == {}
    again = xuanpin("connect", exports, "--to", out, "--answers", out / "questions.toml")
    assert isinstance(again.exception, UsageError) and "is there already" in str(again.exception)
    (out / "xuanpin.toml.bak").write_text("by hand", encoding="utf-8")
    forced = xuanpin("connect", exports, "--to", out, "--answers", out / "questions.toml", "--force")
    assert forced.exit_code == 0
    first, second, now = ((out / f"xuanpin.toml{ending}").read_text("utf-8") for ending in (".bak", ".2.bak", ""))
    assert (first, second) == ("by hand", now), "what was kept before stays"


def test_a_person_answers_by_number_and_may_run_the_first_night(
    exports: Path, tmp_path: Path, with_key: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "can_ask", lambda: True)
    asked = xuanpin("connect", exports, "--to", tmp_path / "out", said="9\n\n\n\n1\nn\n")
    assert asked.exit_code == 0, asked.output
    assert "Question 1 of" in asked.output and "run this first night now" in asked.output
    assert not (tmp_path / "out" / "home").exists()


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ('"订单导出*.csv / 完成时间" = "updated"', "is none of its choices; write one of"),
        ('"订单导出*.csv / 完成时间" = 1', "is no text; write it in quotes"),
        ("= 1", "is not valid TOML"),
    ],
)
def test_answers_that_are_none_are_refused(
    exports: Path, tmp_path: Path, with_key: None, answers: str, told: str
) -> None:
    (tmp_path / "answers.toml").write_text(answers, encoding="utf-8")
    result = xuanpin("connect", exports, "--to", tmp_path / "out", "--answers", tmp_path / "answers.toml")
    assert isinstance(result.exception, UsageError) and told in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_customers_known_by_name_alone_need_a_key_for_every_night(
    exports: Path, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XUANPIN_CUSTOMER_KEY", raising=False)
    monkeypatch.setattr(verb, "can_ask", lambda: True)
    result = xuanpin("connect", exports, "--to", tmp_path / "out", "--yes")
    assert result.exit_code == 0 and "export XUANPIN_CUSTOMER_KEY=$(openssl rand -hex 32)" in result.output
    assert "run this first night" not in result.output
    night = xuanpin(
        "nightly",
        "--as-of",
        str(shop.last),
        "--sources",
        exports,
        "--home",
        tmp_path / "home",
        "--config",
        tmp_path / "out" / "xuanpin.toml",
    )
    assert isinstance(night.exception, UsageError) and "XUANPIN_CUSTOMER_KEY is empty" in str(night.exception)


def test_a_folder_without_order_lines_is_told_what_to_export(tmp_path: Path) -> None:
    (tmp_path / "商品.csv").write_text("商品编码,商品名称,零售价\nS1,裙,10\nS2,梨,11\n", encoding="utf-8")
    result = xuanpin("connect", tmp_path, "--to", tmp_path / "out", "--yes")
    assert isinstance(result.exception, UsageError) and "export the order lines" in str(result.exception)
