"""The program as a whole: its verbs by what they are for, --lang on each of them, and help in the reader's language."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from xuanpin.pipelines.cli.language import OPTION, asked_language, speak, spoken, told
from xuanpin.pipelines.typed.phrase import Phrase, catalogue, phrase

PANELS: Mapping[Phrase, tuple[str, ...]] = {
    phrase("Nights"): ("nightly", "demo", "learn"),
    phrase("Look"): ("status", "review", "report", "explain", "diff", "replay", "plan"),
    phrase("Decide"): (
        "approve",
        "reject",
        "cutoff",
        "recall",
        "unpublish",
        "pin",
        "ban",
        "swap",
        "clear-danger",
        "overrides",
    ),
    phrase("Agents"): ("card", "links", "outbox", "answers"),
    phrase("Data and models"): ("connect", "check", "contract", "data-docs", "label", "backtest", "simulate"),
    phrase("Keep house"): ("desk", "users", "deliver", "tidy", "forget", "migrate"),
}
"""What the verbs are for, in the order in which the help shows them."""
FIXED = {
    "ARGUMENTS_PANEL_TITLE": phrase("Arguments"),
    "OPTIONS_PANEL_TITLE": phrase("Options"),
    "COMMANDS_PANEL_TITLE": phrase("Commands"),
    "DEFAULT_STRING": phrase("[default: {{}}]"),
    "ENVVAR_STRING": phrase("[env var: {{}}]"),
    "REQUIRED_LONG_STRING": phrase("[required]"),
}
"""Words of the library's help pages, by the name under which it keeps them."""
RICH_HELP = "typer.rich_utils"
"""The module of the library's help pages, which takes long to load; its own words are the English ones of FIXED."""
HELP = phrase("Show this message and exit.")
"""The library's help of --help itself."""
Command = TyperCommand | TyperGroup


class Program(TyperGroup):
    """The group of all verbs, built with the `attributes` that the library gives."""

    def __init__(self, **attributes: Any) -> None:
        """Build the group with the library's `attributes`, its verbs among them; those of no panel come last."""
        super().__init__(**attributes)
        places = {verb: panel for panel, verbs in PANELS.items() for verb in verbs}
        known = [verb for verb in places if verb in self.commands]
        rest = [verb for verb in self.commands if verb not in places]
        self.commands = {verb: self.commands[verb] for verb in (*known, *rest)}
        self._take_language_everywhere()

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Read a command line, `args` or that of the process, in its language.

        `prog_name`, `complete_var`, `standalone_mode`, `windows_expand_args` and `extra` are passed on.

        Returns what the verb returns.
        """
        speak(asked_language(sys.argv[1:] if args is None else args, os.environ))
        self._say_help()
        return super().main(args, prog_name, complete_var, standalone_mode, windows_expand_args, **extra)

    def _take_language_everywhere(self) -> None:
        """Give each verb the option of the language that stands before the verbs, unless it has one of its own."""
        option = next(param for param in self.params if OPTION in param.opts)
        for command in commands_below(self):
            if not any(OPTION in param.opts for param in command.params):
                command.params.append(option)

    def _say_help(self) -> None:
        if spoken() != "en" or RICH_HELP in sys.modules:
            rich_utils = importlib.import_module(RICH_HELP)
            for name, text in FIXED.items():
                setattr(rich_utils, name, told(text))
        for panel, verbs in PANELS.items():
            for command in (self.commands[verb] for verb in verbs if verb in self.commands):
                if isinstance(command, Command):
                    command.rich_help_panel = told(panel)
        if spoken() == "zh":
            self._translate(catalogue())

    def _translate(self, texts: Mapping[str, str]) -> None:
        for command in (self, *commands_below(self)):
            command.help = texts.get(command.help or "", command.help)
            if helping := command.get_help_option(typer.Context(command)):
                helping.help = told(HELP)
            for param in command.params:
                if isinstance(param, TyperArgument | TyperOption):
                    param.help = texts.get(param.help or "", param.help)


def commands_below(group: TyperGroup) -> Iterator[Command]:
    """Yield every command of a group, and those of the groups in it."""
    for command in group.commands.values():
        if isinstance(command, Command):
            yield command
        if isinstance(command, TyperGroup):
            yield from commands_below(command)
