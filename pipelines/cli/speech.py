"""Says something on the terminal; titles, reasons and names in it cannot move its cursor or change its colours."""

from __future__ import annotations

import typer

from xuanpin.pipelines.typed.shown import shown


def say(text: str, *, ends_line: bool = True, is_error: bool = False) -> None:
    """Print `text` to standard output, or error where it `is_error`, with a line end where it `ends_line`."""
    typer.echo(shown(text), nl=ends_line, err=is_error)
