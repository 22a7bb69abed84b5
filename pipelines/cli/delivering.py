"""Verb that brings databases and people level with what is published, as every verb that publishes does at its end."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from xuanpin.pipelines.cli.options import ConfigOption, HomeOption, JsonOption, show
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import DeliveryFailed
from xuanpin.pipelines.settings import Settings, load_settings
from xuanpin.pipelines.typed.paths import system_reason
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

if TYPE_CHECKING:  # most verbs deliver nothing
    from xuanpin.pipelines.delivery import Delivered

app = typer.Typer()


@app.command()
def deliver(
    home: HomeOption,
    config: ConfigOption = None,
    test: Annotated[
        str | None, typer.Option("--test", metavar="CHANNEL", help="Send a test message by this channel, nothing else.")
    ] = None,
    is_followed: Annotated[
        bool, typer.Option("--follow", help="Stay, and deliver whatever is published, until Ctrl-C.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Deliver what is published to the databases, copies and people that the settings name.

    Every verb that publishes does so at its end; this one is for what could not be reached then.
    """
    from xuanpin.pipelines.delivery import deliver, try_channel
    from xuanpin.pipelines.delivery.following import follow

    place, settings = Home(home), load_settings(config)
    if test is not None:
        try_channel(place, settings, test, os.environ)
        show({"tested": test}, phrase("{name}: the test message was taken", name=test), as_json)
    elif is_followed:
        follow(place, settings, os.environ, _wait, _say_new)
    else:
        done = deliver(place, settings, os.environ)
        show({"delivered": [asdict(one) for one in done]}, _told(done), as_json)
        _require_level(done)


@contextmanager
def delivered_after(home: Home, settings: Settings) -> Iterator[None]:
    """Deliver what the block has published, also where it ends with a failure; who cannot be reached is only told.

    How the verb ends is what the block says, also where a delivery cannot be noted in the home, as on a full disk.
    """
    from xuanpin.pipelines.delivery import deliver

    try:
        yield
    finally:
        try:
            done = deliver(home, settings, os.environ)
        except OSError as error:
            say(phrase("not delivered ({reason}); run `xuanpin deliver`", reason=system_reason(error)), is_error=True)
        else:
            for one in done:
                if one.failure is not None:
                    say(_line(one), is_error=True)


def _told(done: Sequence[Delivered]) -> Phrase:
    if done:
        return joined([_line(one) for one in done], "\n")
    return phrase("nobody follows the lists: settings name no database, no copy and nobody to tell")


def _wait(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _say_new(done: Sequence[Delivered]) -> None:
    for one in done:
        if one.failure is not None or one.count:
            say(_line(one), is_error=one.failure is not None)


def _require_level(done: Sequence[Delivered]) -> None:
    broken = sum(one.failure is not None for one in done)
    if broken:
        raise DeliveryFailed(
            phrase("{count} of {all} could not be brought up to date; see above", count=broken, all=len(done))
        )


def _line(one: Delivered) -> Phrase:
    if one.failure is not None:
        return phrase("{receiver}: {failure}", receiver=one.receiver, failure=one.failure)
    if one.count == 0:
        return phrase("{receiver}: up to date", receiver=one.receiver)
    return phrase("{receiver}: {count} new", receiver=one.receiver, count=one.count)
