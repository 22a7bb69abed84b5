"""Every form of social commerce is an example that runs: the one command of its README publishes a list."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, get_args

import duckdb
import pytest
from typer.testing import CliRunner

from xuanpin.pipelines import run_store
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.connect.recognition.dictionary import refused_kind
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.demo.form_names import FormName

ROOT = Path(__file__).resolve().parents[2]
FORMS: tuple[str, ...] = get_args(FormName)
RECRUITING = ("上级分销员", "一级佣金", "二级佣金", "邀请码", "直推人数", "团队人数", "累计佣金")


def command(page: Path) -> str:
    """The one command of a page."""
    (block,) = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    return " ".join(str(block).replace("\\\n", " ").split())


def run_command(line: str, home: Path) -> None:
    words = shlex.split(line)[1:]
    words[words.index("--home") + 1] = str(home)
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0, f"{line}: {said.output} {said.exception}"


def rows(home: Home, table: str, *columns: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run_store.read_table(home, run_store.require_run(home), table, columns).to_pylist()
    return found


def heard(home: Home) -> None:
    """What customers wrote is evidence of listed SKUs."""
    assert sum(row["evidence_messages"] for row in rows(home, "sku_list", "evidence_messages")) > 0


def offers_hold(home: Home) -> None:
    """A clearance SKU is listed within its offer alone; one offer ended before the list date."""
    scored = rows(home, "sku_scorecard", "sku_id", "decision", "decision_code", "offer_until")
    offered = [row["offer_until"] for row in scored if row["decision"] == "listed" and row["offer_until"]]
    assert offered and min(offered) >= date(2026, 11, 19)
    assert [row["decision_code"] for row in scored if row["decision_code"] == "offer_ended"] == ["offer_ended"]


def spoilage_is_told(home: Home) -> None:
    """The tofu that came back spoiled is not listed, and its reasons say how it spoils."""
    scored = rows(home, "sku_scorecard", "title", "decision", "reasons")
    (tofu,) = [row for row in scored if "豆腐" in row["title"]]
    assert tofu["decision"] == "not_listed"
    assert any(reason.startswith("spoilage:") for reason in tofu["reasons"])


OWN: dict[str, Callable[[Home], None]] = {
    "micro_business": heard,
    "content": heard,
    "s2b2c": offers_hold,
    "community": spoilage_is_told,
}
"""What a form's night shows beside a list."""


@pytest.fixture(scope="module", params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def home(form: str, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home of a form after the one command of its README, run at the top of the checkout."""
    folder = tmp_path_factory.mktemp(form) / "home"
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(ROOT)
        run_command(command(ROOT / "examples" / form / "README.md"), folder)
    return Home(folder)


def test_the_night_publishes_a_list_and_sets_no_row_aside(form: str, home: Home) -> None:
    assert rows(home, "sku_list", "sku_id")
    assert rows(home, "agent_matches", "agent_id")
    with duckdb.connect(str(home.root / "warehouse.duckdb"), read_only=True) as warehouse:
        assert warehouse.execute("select table_name, rules from ops.quarantine").fetchall() == []
    checks = rows(home, "run_quality", "check_name", "result")
    assert {row["check_name"] for row in checks if row["result"] != "pass"} <= {
        f"{table}.ids_unknown_as_written" for table in ("orders", "returns", "groups", "chat_messages")
    }
    if form in OWN:
        OWN[form](home)


def test_both_pages_have_the_command_and_name_each_export(form: str) -> None:
    folder = ROOT / "examples" / form
    exports = {f"exports/{file.name}" for file in (folder / "exports").iterdir()}
    assert command(folder / "README.md") == command(folder / "README.zh.md")
    for page in ("README.md", "README.zh.md"):
        text = (folder / page).read_text(encoding="utf-8")
        assert exports == {name for name in re.findall(r"`([^`\n]+)`", text) if name.startswith("exports/")}
        assert f"xuanpin demo --form {form}" in text


def test_its_settings_name_nothing_that_recruits(form: str) -> None:
    folder = ROOT / "examples" / form
    written = "\n".join(
        re.sub(r"#.*|--.*", "", file.read_text(encoding="utf-8"))
        for file in (folder / "xuanpin.toml", *(folder / "views").glob("*.sql"))
    )
    assert [name for name in re.findall(r'"([^"\n]+)"', written) if refused_kind(name)] == []
    assert not any(header in written for header in RECRUITING)
