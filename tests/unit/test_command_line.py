"""Options of the command line that stand before any verb."""

import sys
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from xuanpin.pipelines import cli
from xuanpin.pipelines.cli import program
from xuanpin.pipelines.cli.program import app


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
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert isinstance(left.value.code, int)
    return left.value.code


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
