"""Agent operations write the links of a list date to a sheet, and end those of one agent, on the command line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from tests.support.offered_lists import LIST_DATE, offer
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.outbox.codes import answer_key
from xuanpin.pipelines.outbox.links import agent_of_link
from xuanpin.pipelines.settings.desk import DeskSettings

CONFIG = """[desk]
hosts = ["desk.test"]
address = "https://desk.test/shop/"
link_days = 2
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    offer(made)
    (tmp_path / "xuanpin.toml").write_text(CONFIG, encoding="utf-8")
    return made


def test_each_agent_has_a_row_with_her_link_in_a_file_that_is_private(home: Home, tmp_path: Path) -> None:
    sheet, config = tmp_path / "links.csv", str(tmp_path / "xuanpin.toml")
    options = ["--home", str(home.root), "--config", config]
    told = CliRunner().invoke(app, ["links", "write", str(sheet), *options])
    assert told.exit_code == 0, told.output
    rows = list(csv.DictReader(sheet.read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["agent_id"], row["good_until"]) for row in rows] == [(who, "2026-11-24") for who in ("A1", "A2", "A3")]
    key = answer_key(home)
    for row in rows:
        address, _, token = row["link"].rpartition("/")
        assert address == "https://desk.test/shop/a"
        assert agent_of_link(home, key, token, LIST_DATE) == row["agent_id"]
    assert sheet.stat().st_mode & 0o077 == 0
    told = CliRunner().invoke(app, ["links", "revoke", "a1", "--home", str(home.root)])
    assert told.exit_code == 0, told.output
    opened = [agent_of_link(home, key, row["link"].rpartition("/")[2], LIST_DATE) for row in rows]
    assert opened == [None, "A2", "A3"]


def test_what_is_missing_is_named(home: Home, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["links", "write", str(tmp_path / "links.csv"), "--home", str(home.root)])
    assert "no address is set under which agents reach the desk" in str(told.exception)
    told = CliRunner().invoke(app, ["links", "revoke", "A7", "--home", str(home.root)])
    assert "agent 'A7' is not among those of list date 2026-11-22" in str(told.exception)
    assert not (tmp_path / "links.csv").exists()


@pytest.mark.parametrize("address", ["desk.test", "ftp://desk.test", "https://desk.test/?a=1", "https://other.test"])
def test_an_address_is_one_under_which_the_desk_answers(address: str) -> None:
    with pytest.raises(ValidationError, match=r"write an address such as|add its host to the names"):
        DeskSettings(hosts=("desk.test",), address=address)
    assert DeskSettings(hosts=("desk.test",), address="https://desk.test:8443").address == "https://desk.test:8443"
