"""Options of the command line that stand before any verb."""

import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from xuanpin.pipelines import cli
from xuanpin.pipelines.cli import program
from xuanpin.pipelines.cli.language import asked_language, speak
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.cli.verbs import PANELS, commands_below


def test_the_version_is_that_of_the_installed_package() -> None:
    said = CliRunner().invoke(app, ["--version"])
    assert (said.exit_code, said.output) == (0, f"xuanpin {version('xuanpin')}\n")


def test_without_the_option_a_verb_is_done() -> None:
    said = CliRunner().invoke(app, ["status", "--help"])
    assert said.exit_code == 0
    assert "xuanpin 0" not in said.output


def ended(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command line in this process; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["xuanpin", *words])
    try:
        cli.main()
    except SystemExit as left:
        assert isinstance(left.code, int)
        return left.code
    finally:
        speak("en")
    return 0


@pytest.mark.parametrize("words", [[], ["explain"], ["label"], ["overrides"]])
def test_a_line_without_a_verb_gets_the_help_and_no_empty_message(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(words, monkeypatch) == 2
    out, error = capsys.readouterr()
    assert "Usage: xuanpin" in out + error
    assert "xuanpin: " not in error


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("nightly --asof x", "xuanpin nightly"),
        ("explain sku", "xuanpin explain sku"),
        ("label export", "xuanpin label export"),
        ("nigthly", "xuanpin"),
    ],
)
def test_a_mistake_leads_to_the_help_of_the_command_in_which_it_was_made(
    line: str, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(line.split(), monkeypatch) == 2
    assert capsys.readouterr().err.rstrip().endswith(f"See `{command} --help`.")


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_a_path_that_the_language_settings_cannot_hold_gets_one_message(
    encoding: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: encoding)
    monkeypatch.setattr(program, "app", unnameable)
    assert ended(["status"], monkeypatch) == 2
    assert "set LC_ALL=C.UTF-8 and run the same command again" in capsys.readouterr().err


def unnameable(**options: object) -> None:
    """Fail as a library does that is given a path of other bytes than the settings say."""
    "\udce6".encode()


def test_a_text_that_no_encoding_holds_is_no_fault_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "app", unnameable)
    monkeypatch.setattr(sys, "argv", ["xuanpin", "status"])
    with pytest.raises(UnicodeEncodeError):
        cli.main()


@pytest.mark.parametrize(
    ("words", "environment", "language"),
    [
        (["status"], {}, "en"),
        (["status"], {"LANG": "zh_CN.UTF-8"}, "zh"),
        (["status"], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        (["status"], {"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW.UTF-8"}, "zh"),
        (["status"], {"LANG": "zh_CN.UTF-8", "XUANPIN_LANG": "en"}, "en"),
        (["status"], {"LANG": "de_DE.UTF-8", "XUANPIN_LANG": "fr"}, "en"),
        (["--lang", "zh", "status"], {"XUANPIN_LANG": "en"}, "zh"),
        (["status", "--lang=en"], {"XUANPIN_LANG": "zh"}, "en"),
        (["--lang", "en", "status", "--lang", "zh"], {}, "zh"),
        (["status", "--lang"], {"XUANPIN_LANG": "zh"}, "zh"),
    ],
)
def test_the_language_is_that_of_the_line_then_of_the_variable_then_of_the_terminal(
    words: list[str], environment: dict[str, str], language: str
) -> None:
    assert asked_language(words, environment) == language


@pytest.mark.parametrize("line", ["--lang zh status --home /nowhere", "status --home /nowhere --lang zh"])
def test_a_refusal_is_said_in_the_language_asked_for(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(line.split(), monkeypatch) == 2
    assert capsys.readouterr().err.startswith("xuanpin: 无法读取数据目录 /nowhere：它不存在；请检查 --home")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nigthly", "没有命令 'nigthly'。您是不是要找 'nightly'？ 见 `xuanpin --help`。"),
        ("demo --agnets 5", "没有选项 --agnets（可用的选项：--agents, --nights）。见 `xuanpin demo --help`。"),
        ("demo --nights 0", "'--nights' 的值无效：应不小于 1。见 `xuanpin demo --help`。"),
        ("explain sku", "缺少参数 'sku_id'。见 `xuanpin explain sku --help`。"),
        ("status --lang fr", "'--lang' 的值无效：'fr' 不是 'zh', 'en' 之一。见 `xuanpin status --help`。"),
    ],
)
def test_a_mistake_is_said_in_the_language_asked_for(
    line: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XUANPIN_LANG", "zh")
    assert ended(line.split(), monkeypatch) == 2
    assert capsys.readouterr().err.strip().endswith(said)


def test_help_is_in_the_language_asked_for_and_names_every_verb_under_what_it_is_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(["--lang", "zh", "--help"], monkeypatch) == 0
    out, error = capsys.readouterr()
    assert "选出明天的 SKU" in out + error and "─ 夜间运行 ─" in out + error
    program = typer.main.get_command(app)
    assert isinstance(program, TyperGroup)
    assert list(program.commands) == [verb for verbs in PANELS.values() for verb in verbs]
    assert all(any("--lang" in param.opts for param in command.params) for command in commands_below(program))


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("xuanpin sta", ["status"]),
        ("xuanpin explain ", ["sku", "agent"]),
        ("xuanpin approve --by a --list-date ", ["2026-11-22", "2026-11-21"]),
        ("xuanpin status --js", ["--json"]),
    ],
)
def test_the_shell_completes_verbs_options_and_list_dates_of_the_home(
    line: str, completed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for day in ("2026-11-21", "2026-11-22"):
        (tmp_path / "published" / f"list_date={day}").mkdir(parents=True)
    asked = {"_XUANPIN_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    for name, value in (asked | {"XUANPIN_HOME": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    assert ended([], monkeypatch) == 0
    assert capsys.readouterr().out.split() == completed


@pytest.mark.parametrize(("more", "is_told"), [([], True), (["--config", "xuanpin.toml"], False)])
def test_settings_that_lie_here_and_are_not_named_are_told_of(
    more: list[str], is_told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XUANPIN_CONFIG", raising=False)
    Path("xuanpin.toml").touch()
    said = CliRunner().invoke(app, ["status", "--home", ".", *more])
    assert ("xuanpin.toml in this folder is not read" in said.stderr) is is_told
