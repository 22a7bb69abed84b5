"""Verbs of the desk: serve its pages, and say who may use them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from xuanpin.pipelines.cli.language import told
from xuanpin.pipelines.cli.options import ConfigOption, HomeOption, JsonOption, show
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.phrase import phrase

app = typer.Typer()
users_app = typer.Typer(help="People of the desk: who may look, decide, approve, operate.", no_args_is_help=True)
app.add_typer(users_app, name="users")
NameArgument = Annotated[str, typer.Argument(help="Name under which decisions are kept.")]


@app.command()
def desk(
    home: HomeOption,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of this machine; 0 picks a free one.")] = 8090,
    host: Annotated[str, typer.Option(help="Address to listen on; use a proxy for other machines.")] = "127.0.0.1",
    config: ConfigOption = None,
) -> None:
    """Serve the desk's pages until Ctrl-C: look at tonight, try other lists, decide."""
    from xuanpin.pipelines.desk.serve import serve
    from xuanpin.pipelines.desk.user_file import users

    place, settings = Home(home), load_settings(config)
    if not users(place) and settings.desk.trusted_header is None:
        say(phrase("Nobody may sign in yet; add people with `xuanpin users add NAME --role approver`"))
    serve(place, settings, host, port, _say_where)


@users_app.command("add")
def users_add(
    name: NameArgument,
    role: Annotated[str, typer.Option("--role", help="viewer, merchandiser, approver or operator.")],
    home: HomeOption,
    is_from_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
    ] = False,
) -> None:
    """Add a person, or change the role and password of an existing one; her sessions end."""
    from xuanpin.pipelines.desk.user_file import add_user

    is_new = add_user(Home(home), name, role, _first_line() if is_from_stdin else _typed_twice())
    say(phrase("{name}: added, {role}" if is_new else "{name}: changed, {role}", name=name, role=role))


@users_app.command("remove")
def users_remove(name: NameArgument, home: HomeOption) -> None:
    """Remove a person; her sessions end at once."""
    from xuanpin.pipelines.desk.user_file import remove_user

    remove_user(Home(home), name)
    say(phrase("{name}: removed", name=name))


@users_app.command("list")
def users_list(home: HomeOption, as_json: JsonOption = False) -> None:
    """List the people of the desk and their roles."""
    from xuanpin.pipelines.desk.user_file import users

    roles = {user.name: user.role for user in users(Home(home)).values()}
    lines = "\n".join(f"{name}: {role}" for name, role in roles.items())
    show(roles, lines or phrase("nobody yet"), as_json)


def _say_where(address: str) -> None:
    say(phrase("The desk is at {address}; Ctrl-C ends it", address=address))


def _typed_twice() -> str:
    first = typer.prompt(told(phrase("Password")), hide_input=True)
    if first != typer.prompt(told(phrase("Once more")), hide_input=True):
        raise UsageError(phrase("the two passwords differ; run the command again. Nothing was changed"))
    return str(first)


def _first_line() -> str:
    return sys.stdin.readline().rstrip("\n")
