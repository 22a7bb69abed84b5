"""Reads off the source which messages the program can say, so that the catalogues can be held against it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from string import Formatter

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

from tests.support.import_graph import ROOT
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.cli.verbs import commands_below
from xuanpin.pipelines.contracts import source_contracts

PIPELINES = ROOT / "pipelines"


def placeholders(template: str) -> set[str]:
    """Names of the values that a template takes."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@cache
def used_templates() -> dict[str, frozenset[str]]:
    """The English templates of messages and texts of the help, with the rooms that use them ('' for none)."""
    found: dict[str, set[str]] = {}
    for path in sorted(PIPELINES.rglob("*.py")):
        parts = path.relative_to(PIPELINES).parts
        for template in filter(None, templates_in(path.read_text(encoding="utf-8"), str(path))):
            found.setdefault(template, set()).add(parts[0] if len(parts) > 1 else "")
    for text in help_texts():
        found.setdefault(text, set()).add("cli")
    for text in rule_texts():
        found.setdefault(text, set()).add("contracts")
    return {template: frozenset(rooms) for template, rooms in found.items()}


def templates_in(source: str, name: str = "") -> Iterator[str]:
    """Yield the template of each call of `phrase`; a test fails where one is not written there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "phrase" and node.args:
            yield from _texts(node.args[0], f"{name}:{node.lineno}")


def _texts(node: ast.expr, place: str) -> Iterator[str]:
    """The texts that an expression may be: one text, or one of two."""
    if isinstance(node, ast.IfExp):
        yield from (*_texts(node.body, place), *_texts(node.orelse, place))
        return
    assert isinstance(node, ast.Constant) and isinstance(node.value, str), f"{place}: write the text itself here"
    yield node.value


def rule_texts() -> set[str]:
    """What the contracts of source tables say of rules, as a refusal says it."""
    said = (rule.description.rstrip(".") for contract in source_contracts() for rule in contract.rules)
    return set(filter(None, said))


@cache
def help_texts() -> frozenset[str]:
    """The help of each verb and of each of its options, in English."""
    program = typer.main.get_command(app)
    assert isinstance(program, TyperGroup)
    commands = [program, *commands_below(program)]
    params = [param for command in commands for param in command.params]
    helps = [param.help for param in params if isinstance(param, TyperArgument | TyperOption)]
    return frozenset(filter(None, [*(command.help for command in commands), *helps]))
