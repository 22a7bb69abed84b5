"""Says something on the terminal; titles, reasons and names in it cannot move its cursor or change its colours."""

from __future__ import annotations

import typer

from xuanpin.pipelines.cli.language import told
from xuanpin.pipelines.typed.shown import shown


def say(text: str | BaseException, *, ends_line: bool = True, is_error: bool = False) -> None:
    """Print `text` in the language of this process to standard output, or error where it `is_error`.

    A line end follows where it `ends_line`.
    """
    typer.echo(shown(told(text)), nl=ends_line, err=is_error)
