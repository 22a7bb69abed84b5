"""Messages of a real night: its groups and pages, its answers by code and by sending, and a night beside it."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from tests.support.old_home import unpacked
from tests.support.wecom_stub import Fault, Stub, wecom
from xuanpin.pipelines import run_store
from xuanpin.pipelines.answers import standing_answers, store_answers
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import BEIJING, Home, Night, RunRequest
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.outbox.answering import answer_by_code
from xuanpin.pipelines.outbox.gateway import Gateway
from xuanpin.pipelines.outbox.ledger import LEDGER, list_folder, open_ledger
from xuanpin.pipelines.outbox.results import ask_results, store_results
from xuanpin.pipelines.outbox.sending import send
from xuanpin.pipelines.outbox.writing import write_outbox
from xuanpin.pipelines.republishing.fallback import publish_fallback
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.outbox import OutboxSettings

LAST, LIST_DATE = date(2026, 11, 21), date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=BEIJING)
SOURCES = Path(__file__).parents[1] / "golden" / "sources"
SETTINGS = OutboxSettings()


@pytest.fixture
def home(golden_home: Home, tmp_path: Path) -> Home:
    """A copy of the golden home; A3 has paused and leads G3."""
    return Home(Path(shutil.copytree(golden_home.root, tmp_path / "home")))


@pytest.fixture
def desk(home: Home) -> Iterator[Night]:
    """The home at noon of the list date, held as a night would hold it."""
    with open_night(RunRequest(LAST, home, None, Settings(), NOON)) as night:
        yield night


@pytest.fixture
def stub() -> Iterator[Stub]:
    with wecom() as made:
        yield made


def groups(home: Home) -> list[str]:
    done = write_outbox(home, SETTINGS, None, "json", NOON)
    return [json.loads(line)["group_id"] for line in done.files[0].read_text(encoding="utf-8").splitlines()]


def test_active_agents_groups_get_messages_while_a_night_holds_the_warehouse(desk: Night) -> None:
    assert groups(desk.home) == ["G1", "G2"]


def test_a_recall_and_a_fallback_carry_the_groups_on(home: Home) -> None:
    run = run_store.require_run(home)
    sku = run_store.read_table(home, run, "agent_matches", ["sku_id"])["sku_id"][0].as_py()
    assert groups(home) == ["G1", "G2"]
    recall(home, Settings(), Recall(sku, LIST_DATE, "抽检不合格", "王采", NOON))
    done = write_outbox(home, SETTINGS, None, "csv", NOON)
    assert (done.new, done.held) == (0, 2)
    with done.files[0].open(encoding="utf-8-sig", newline="") as handle:
        assert sku in {row["sku_id"] for row in csv.DictReader(handle)}
    request = RunRequest(LAST + timedelta(days=1), home, SOURCES, Settings(), NOON + timedelta(days=1))
    publish_fallback(request, "nothing came")
    done = write_outbox(home, SETTINGS, LIST_DATE + timedelta(days=1), "json", NOON + timedelta(days=1))
    texts = [json.loads(line)["skus"] for line in done.files[0].read_text(encoding="utf-8").splitlines()]
    assert done.new == len(texts) > 0
    assert sku not in json.dumps(texts)


def test_a_home_of_an_earlier_release_recalls_as_before_and_names_what_is_missing(tmp_path: Path) -> None:
    home = unpacked("0_1_0", tmp_path)
    run = run_store.require_run(home)
    sku = run_store.read_table(home, run, "sku_list", ["sku_id"])["sku_id"][0].as_py()
    after = recall(home, Settings(), Recall(sku, date.fromisoformat(run.list_date), "抽检不合格", "王采", NOON))
    reserves = run_store.run_folder(home, after) / "reserves"
    assert "page_url" in pq.read_schema(reserves / "reserve_skus.parquet").names
    assert not (reserves / "reserve_groups.parquet").exists()
    with pytest.raises(UsageError, match="carries no groups to send to"):
        write_outbox(home, SETTINGS, None, "csv", NOON)


def test_what_she_sent_is_accepted_unless_she_said_otherwise_and_once(desk: Night, stub: Stub) -> None:
    settings = OutboxSettings(gateway=stub.address)
    with Gateway(settings, {}) as gateway:
        assert send(desk.home, settings, None, gateway, lambda: NOON).handed == ["G1", "G2"]
        stub.tasks[0].status = 1
        with open_ledger(desk.home, LIST_DATE) as ledger:
            first = next(ledger.messages(lambda event: True))
        skus, code = [line.sku_id for line in first.skus], first.skus[0].code
        answer_by_code(desk, code, "婉拒", "价格不合适", None)
        with open_ledger(desk.home, LIST_DATE) as ledger:
            stored = store_results(desk, ledger, LIST_DATE, ask_results(ledger, gateway))
        assert [(answer.sku_id, answer.answer) for answer in stored] == [(sku, "accepted") for sku in skus[1:]]
        said = standing_answers(desk)
        assert said[(LIST_DATE, "A1", skus[0])] == ("declined", "price", None)
        assert not [key for key in said if key[0] == LIST_DATE and key[1] == "A2"]
        with open_ledger(desk.home, LIST_DATE) as ledger:
            assert [entry.state for entry in ledger.entries.values()] == ["sent", "handed"]
            again = ask_results(ledger, gateway)
            assert (again.sent, again.waiting, store_results(desk, ledger, LIST_DATE, again)) == ([], 1, [])


def test_results_cut_short_after_the_answers_are_taken_again(desk: Night, stub: Stub) -> None:
    settings = OutboxSettings(gateway=stub.address)
    with Gateway(settings, {}) as gateway:
        send(desk.home, settings, None, gateway, lambda: NOON)
        stub.tasks[1].status = 1
        with open_ledger(desk.home, LIST_DATE) as ledger:
            found = ask_results(ledger, gateway)
            wanted = len(store_results(desk, ledger, LIST_DATE, found))
            path = list_folder(desk.home, LIST_DATE) / LEDGER
            path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
        with open_ledger(desk.home, LIST_DATE) as ledger:
            assert store_results(desk, ledger, LIST_DATE, ask_results(ledger, gateway)) == []
            assert [entry.state for entry in ledger.entries.values()] == ["handed", "sent"]
    assert wanted > 0


def test_a_code_that_no_message_holds_answers_nothing(desk: Night) -> None:
    groups(desk.home)
    with pytest.raises(UsageError, match="no message holds the code 'AAAABBBBCCCC'; type it as it stands"):
        answer_by_code(desk, "AAAABBBBCCCC", "accepted", None, None)
    assert store_answers(desk, []) == []


def test_nothing_of_a_customer_leaves_the_platform(home: Home, stub: Stub) -> None:
    settings = OutboxSettings(gateway=stub.address)
    with Gateway(settings, {}) as gateway:
        send(home, settings, None, gateway, lambda: NOON)
    received = b"".join(content for _, _, content in stub.requests).decode()
    kept = "".join(path.read_text(encoding="utf-8") for path in home.outbox.rglob("*.jsonl"))
    assert "A1" in received and "G1" in received
    with (SOURCES / "orders" / "golden.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    hidden = {row[name] for row in rows for name in ("customer_id", "customer_name", "order_id", "order_line_id")}
    with (SOURCES / "chat_messages" / "golden.csv").open(encoding="utf-8") as handle:
        hidden |= {row["text"] for row in csv.DictReader(handle)}
    assert len(hidden) > 20
    found = [value for value in hidden if value and (value in received or value in kept)]
    assert found == []


def test_the_commands_say_what_they_did(home: Home, tmp_path: Path, stub: Stub) -> None:
    def said(*words: str) -> str:
        told = CliRunner().invoke(app, ["outbox", *words, "--home", str(home.root)])
        return told.output + str(told.exception or "")

    told = said("--out", str(tmp_path / "out"))
    assert told.startswith("list date 2026-11-22: 2 messages written, 0 before\n")
    assert f"File: {tmp_path / 'out' / 'messages-001.csv'}" in told
    assert "0 messages written, 2 before" in said("--format", "json")
    assert "no gateway is set" in said("send")
    assert "is not one of" in said("--format", "fax")
    assert "--home is missing" in str(CliRunner(env={"XUANPIN_HOME": ""}).invoke(app, ["outbox"]).exception)
    config = tmp_path / "xuanpin.toml"
    config.write_text(f'[outbox]\ngateway = "{stub.address}"\n', encoding="utf-8")
    assert said("results", "--config", str(config)) == "0 messages sent, 0 not yet; 0 answers stored\n"


def test_results_find_out_first_what_was_handed_over_without_an_answer(home: Home, tmp_path: Path, stub: Stub) -> None:
    config = tmp_path / "xuanpin.toml"
    config.write_text(f'[outbox]\ngateway = "{stub.address}"\n', encoding="utf-8")
    stub.faults.append(Fault(http=502, is_done=True))
    settings = OutboxSettings(gateway=stub.address)
    with Gateway(settings, {}) as gateway:
        assert send(home, settings, None, gateway, lambda: NOON).unclear == ["G1"]
    stub.tasks[0].status = 2
    told = CliRunner().invoke(app, ["outbox", "results", "--home", str(home.root), "--config", str(config)])
    assert told.output == ("0 messages sent, 1 not yet; 0 answers stored\n1 message not sent: G1 (not a friend)\n")
