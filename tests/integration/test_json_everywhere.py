"""With --json a verb prints one JSON object and nothing else, the same in every language; the rest speaks Chinese."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.support.platform_rows import LAST_DAY
from xuanpin.pipelines import run_store
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import Home

pytestmark = pytest.mark.whole
LIST_DATE = str(LAST_DAY + timedelta(days=1))


@pytest.fixture(scope="module")
def home(published: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of the published home; what the verbs below decide there does not stand in each other's way."""
    return Home(shutil.copytree(published.root, tmp_path_factory.mktemp("json") / "home"))


def run(home: Home, *words: str, language: str = "zh") -> Result:
    return CliRunner().invoke(app, [*words, "--home", str(home.root)], env={"XUANPIN_LANG": language})


def facts_of(home: Home, *words: str, exit_code: int = 0) -> dict[str, Any]:
    done = run(home, *words, "--json")
    assert done.exit_code == exit_code, done.output
    facts = json.loads(done.stdout)
    assert isinstance(facts, dict)
    return facts


def listed(home: Home) -> list[str]:
    table = run_store.read_table(home, run_store.require_run(home), "sku_list", ["sku_id"])
    found: list[str] = table["sku_id"].to_pylist()
    return found


def test_what_verbs_decide_is_json_for_programs(home: Home, tmp_path: Path) -> None:
    first, second = listed(home)[:2]
    why = ("--reason", "x", "--author", "a")
    assert facts_of(home, "ban", first, *why)["stored"][0]["sku_id"] == first
    assert facts_of(home, "ban", first, *why)["stored"] == []
    sheet = str(tmp_path / "overrides.csv")
    count = facts_of(home, "overrides", "export", sheet)["overrides"]
    assert facts_of(home, "overrides", "import", sheet) == {"file": sheet, "rows": count, "stored": []}
    recalled = facts_of(home, "recall", second, "--reason", "x", "--by", "a")
    assert (recalled["sku_id"], recalled["state"], recalled["list_date"]) == (second, "recalled", LIST_DATE)
    assert facts_of(home, "migrate")["changes"] == []


def test_what_agents_and_the_outbox_do_is_json_for_programs(home: Home, tmp_path: Path) -> None:
    sheet = str(tmp_path / "answers.csv")
    rows = facts_of(home, "answers", "export", sheet)["rows"]
    assert rows > 0
    assert facts_of(home, "answers", "import", sheet)["stored"] == 0
    written = facts_of(home, "outbox", "--list-date", LIST_DATE)
    assert written["new"] > 0 and len(written["files"]) == 1 and written["list_date"] == LIST_DATE


@pytest.mark.parametrize(("language", "said"), [("zh", "已经有效"), ("en", "in force already")])
def test_without_json_it_is_said_in_the_language_of_the_terminal(home: Home, language: str, said: str) -> None:
    sku = listed(home)[0]
    run(home, "ban", sku, "--reason", "y", "--author", "a")
    assert said in run(home, "ban", sku, "--reason", "y", "--author", "a", language=language).stdout
