"""Options of the command line that stand before any verb."""

from importlib.metadata import version

from typer.testing import CliRunner

from xuanpin.pipelines.cli import app


def test_the_version_is_that_of_the_installed_package() -> None:
    said = CliRunner().invoke(app, ["--version"])
    assert (said.exit_code, said.output) == (0, f"xuanpin {version('xuanpin')}\n")


def test_without_the_option_a_verb_is_done() -> None:
    said = CliRunner().invoke(app, ["status", "--help"])
    assert said.exit_code == 0
    assert "xuanpin 0" not in said.output
