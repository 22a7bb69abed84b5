"""The command line as its users meet it: what it prints, and with which code it leaves."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Platform
from xuanpin.pipelines.cli import main
from xuanpin.pipelines.context import Home

XUANPIN = Path(sys.executable).with_name("xuanpin")


def xuanpin(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    return subprocess.run([XUANPIN, *map(str, words)], capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def leaves(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """Run the installed command's function in this process; gives the code with which it leaves."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(*words: object) -> int:
        monkeypatch.setattr(sys, "argv", ["xuanpin", *map(str, words)])
        try:
            main()
        except SystemExit as left:
            return int(left.code or 0)
        return 0

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_status_says_what_is_published(published: Home) -> None:
    said = xuanpin("status", "--home", published.root)
    assert said.returncode == 0, said.stderr
    assert "List for 2026-11-22 (as of 2026-11-21)" in said.stdout
    facts = json.loads(xuanpin("status", "--home", published.root, "--json").stdout)
    assert facts["published_list_dates"] == ["2026-11-21", "2026-11-22"]
    assert Path(facts["report"]).exists()


def test_every_reader_takes_a_list_date_and_speaks_json(published: Home) -> None:
    facts = json.loads(xuanpin("report", "--home", published.root, "--list-date", "2026-11-21", "--json").stdout)
    assert facts["list_date"] == "2026-11-21"
    assert Path(facts["report"]).exists()
    assert Path(facts["workbook"]).exists()


def test_explain_tells_the_story_of_a_sku_and_of_an_agent(published: Home) -> None:
    from xuanpin.pipelines import run_store

    run = run_store.require_run(published)
    sku = run_store.read_table(published, run, "sku_list")["sku_id"][0].as_py()
    agent = run_store.read_table(published, run, "agent_matches")["agent_id"][0].as_py()
    told = xuanpin("explain", "sku", sku, "--home", published.root)
    assert told.returncode == 0, told.stderr
    assert "Landmine probability" in told.stdout
    told = xuanpin("explain", "agent", agent, "--home", published.root)
    assert told.returncode == 0, told.stderr
    assert "slots filled" in told.stdout
    assert json.loads(xuanpin("explain", "agent", agent, "--home", published.root, "--json").stdout)["matches"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nightly", "--as-of", "yesterday", "--home", "{home}"], 2, "YYYY-MM-DD"),
        (["nightly", "--as-of", "2026-W47", "--home", "{home}"], 2, "write it as YYYY-MM-DD"),
        (["nightly", "--as-of", "9999-12-31", "--home", "{home}"], 2, "is not between 2000-01-01 and"),
        (["nightly", "--as-of", "2099-01-01", "--home", "{home}", "--sources", "{home}"], 2, "has not ended"),
        (["learn", "--as-of", "2099-01-01", "--home", "{home}"], 2, "has no warehouse"),
        (["nightly", "--home", "{home}"], 2, "--as-of"),
        (["nightli"], 2, "nightli"),
        (["nightly", "--as-of", "2026-11-21", "--home", "{home}", "--config", "{home}/none.toml"], 2, "none.toml"),
        (["status", "--home", "{home}"], 2, "nothing is published"),
        (["nightly", "--as-of", "2026-11-21", "--home", "{home}", "--sources", "{home}/nowhere"], 2, "nowhere"),
        (["nightly", "--as-of", "2026-11-21", "--home", "{home}", "--sources", "{home}"], 3, "products"),
    ],
)
def test_a_mistake_gets_one_message_and_its_exit_code(
    tmp_path: Path,
    leaves: Callable[..., int],
    capfd: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    said: str,
) -> None:
    left = leaves(*[word.format(home=tmp_path) for word in words])
    told = capfd.readouterr().err
    assert left == code, told
    assert said in told.replace("\n", " ")
    assert "Traceback" not in told


def test_a_second_night_on_a_busy_home_says_who_holds_it(platform: Platform, published: Home, tmp_path: Path) -> None:
    home = shutil.copytree(published.root, tmp_path / "home")
    holder = (
        "from pathlib import Path\nfrom xuanpin.pipelines.engine import open_engine\n"
        f"engine = open_engine(Path({str(home)!r}) / 'warehouse.duckdb')\nprint('held', flush=True)\ninput()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        answer = xuanpin("nightly", "--as-of", "2026-11-21", "--sources", platform.sources, "--home", home)
        other.communicate("\n")
    assert answer.returncode == 5
    assert str(other.pid) in answer.stderr


def test_every_command_has_help(leaves: Callable[..., int], capfd: pytest.CaptureFixture[str]) -> None:
    for words in (["nightly"], ["demo"], ["status"], ["report"], ["explain", "sku"], ["explain", "agent"]):
        assert leaves(*words, "--help") == 0
        assert "--home" in capfd.readouterr().out
