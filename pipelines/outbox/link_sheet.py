"""The sheet of personal links for agent operations: one row for each agent of a list date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.outbox.codes import answer_key
from xuanpin.pipelines.outbox.links import Links, links_for
from xuanpin.pipelines.settings.desk import DeskSettings
from xuanpin.pipelines.typed.names import clean_name, did_you_mean, same_name
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.writing import write_rows

COLUMNS = ("list_date", "agent_id", "link", "good_until")
SHEET = "链接 links"


def made_links(home: Home, settings: DeskSettings, day: date, address: str | None = None) -> Links:
    """Return what makes links that are good for some days after `day`, as the `settings` of the desk say.

    `address` is where agents reach the desk, that of the settings without it; UsageError where there is none.
    """
    reached = address or settings.address
    if reached is None:
        raise UsageError(
            phrase(
                "no address is set under which agents reach the desk; write it in the settings, such as [desk] address "
                '= "https://xuanpin.shop.example"'
            )
        )
    return links_for(home, answer_key(home), reached, day.isoformat(), settings.link_days)


def write_links(home: Home, settings: DeskSettings, path: Path, list_date: date | None) -> int:
    """Write the link of each agent of a list date (the latest without one) to a .csv or .xlsx file; return the rows.

    Raises UsageError as `made_links` and `write_rows` do, and where nothing is published.
    """
    run = run_store.require_run(home, list_date)
    links = made_links(home, settings, date.fromisoformat(run.list_date))
    agents = sorted(run_store.read_table(home, run, "agent_summary", ["agent_id"])["agent_id"].to_pylist())
    rows = ([run.list_date, agent, links.of(agent), links.expires.isoformat()] for agent in agents)
    write_rows(path, SHEET, [COLUMNS, *rows])
    path.chmod(0o600)
    return len(agents)


def known_agent(home: Home, typed: str) -> str:
    """Return the id of the agent of the latest list whose id was `typed`; UsageError where there is none like it."""
    run = run_store.require_run(home)
    known = run_store.read_table(home, run, "agent_summary", ["agent_id"])["agent_id"].to_pylist()
    name = same_name(typed, known)
    if name is None:
        raise UsageError(
            phrase(
                "agent {agent_id!r} is not among those of list date {list_date}{meant}; look her up in the agents drop",
                agent_id=clean_name(typed),
                list_date=run.list_date,
                meant=did_you_mean(typed, known),
            )
        )
    return name
