"""Which run readers see: of a list date, of the home, before a date, and what waits for an answer."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.tiny_runs import TABLES, publish, seal
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night, RunRequest
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.republishing.fallback import publish_fallback
from xuanpin.pipelines.republishing.recall import Recall, apply_recalls, recalls_in_force
from xuanpin.pipelines.republishing.reviews import approve, no_answer, reject
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings import Settings

D = date(2026, 11, 22)
NEXT, BEFORE = D + timedelta(days=1), D - timedelta(days=1)
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_the_home_shows_its_latest_list_date_whatever_was_made_current_last(home: Home) -> None:
    newest = publish(home, NEXT, "new")
    older = publish(home, D, "old")
    assert run_store.current_run(home) == newest
    assert run_store.current_run(home, D) == older
    again = publish(home, NEXT, "again")
    assert run_store.current_run(home) == run_store.current_run(home, NEXT) == again


def test_the_earlier_run_is_that_of_the_newest_list_date_before(home: Home) -> None:
    runs = [publish(home, day, f"r{day.day}") for day in (BEFORE - timedelta(days=3), BEFORE, D)]
    assert run_store.current_runs(home) == runs
    assert run_store.earlier_run(home, NEXT) == runs[2]
    assert run_store.earlier_run(home, D) == runs[1]
    assert run_store.earlier_run(home, BEFORE) == runs[0]
    assert run_store.earlier_run(home, BEFORE - timedelta(days=3)) is None


def test_a_missing_list_date_says_what_there_is(home: Home) -> None:
    with pytest.raises(UsageError, match="nothing is published"):
        run_store.require_run(home)
    publish(home, BEFORE, "a")
    publish(home, NEXT, "b")
    with pytest.raises(UsageError, match="2026-11-21 to 2026-11-23"):
        run_store.require_run(home, D)


def test_published_figures_are_rounded_in_key_order_and_have_no_second_zero(home: Home) -> None:
    engine = open_memory()
    night = Night(engine, Settings(), home, BEFORE, None, NOW)
    contract = load_contract("calibration")
    columns = "metric varchar, bin integer, predicted double, observed double, n bigint"
    engine.execute(f"create table night.calibration ({columns})")
    for row in ("'b', 2, 0.12345678, cast('-0' as double), 1", "'b', 1, 1, 1, 1", "'a', 3, 1, 1, 1"):
        engine.execute(f"insert into night.calibration values ({row})")
    rows = sealing.published_rows(night, contract, "run")
    engine.close()
    assert rows.select(["metric", "bin"]).to_pylist() == [
        {"metric": "a", "bin": 3},
        {"metric": "b", "bin": 1},
        {"metric": "b", "bin": 2},
    ]
    last = rows.to_pylist()[-1]
    assert (last["predicted"], str(last["observed"])) == (0.123457, "0.0")
    assert (last["list_date"], last["as_of_date"], last["run_id"]) == (D, BEFORE, "run")


def test_a_large_table_is_written_in_parts_that_several_cores_read(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "MOST_TOGETHER", 2)
    engine = open_memory()
    night = Night(engine, Settings(), home, BEFORE, None, NOW)
    columns = "metric varchar, bin integer, predicted double, observed double, n bigint"
    engine.execute(f"create table night.calibration ({columns})")
    for place in range(5):
        engine.execute(f"insert into night.calibration values ('a', {place}, 1, 1, 1)")
    sealing.write_tables(night, tmp_path, "run", [load_contract("calibration")])
    engine.close()
    assert pq.read_metadata(tmp_path / "calibration.parquet").num_row_groups == 3


def test_a_sealed_run_keeps_its_state_until_it_is_changed(home: Home) -> None:
    run = seal(home, D, "abc", "pending")
    assert sealing.state_of_sealed(home, D, "abc") == "pending"
    assert sealing.set_state(home, run, "approved", "fine").state == "approved"
    assert sealing.state_of_sealed(home, D, "abc") == "approved"
    assert sealing.state_of_sealed(home, D, "xyz") is None
    assert sealing.run_dir_name("0123456789abcdef") == "run=0123456789ab"


def test_hashes_and_counts_are_renewed_with_the_files(home: Home) -> None:
    folder = run_store.run_folder(home, seal(home, D, "abc"))
    sealing.renew_hashes(folder)
    before = run_store.manifest(home, run_store.CurrentRun("abc", "run=abc", D.isoformat(), "", ""))
    assert before["row_counts"] == dict.fromkeys(TABLES, 0)
    assert set(before["files"]) == {f"{name}.parquet" for name in before["row_counts"]}
    pq.write_table(pa.table({"sku_id": ["S1"]}), folder / "sku_list.parquet")
    sealing.renew_hashes(folder)
    after = run_store.manifest(home, run_store.CurrentRun("abc", "run=abc", D.isoformat(), "", ""))
    assert after["row_counts"]["sku_list"] == 1
    assert after["files"]["sku_list.parquet"] != before["files"]["sku_list.parquet"]


def test_a_run_that_is_made_again_keeps_its_files_and_their_hashes(home: Home) -> None:
    for reason in ("first", "second"):
        folder = home.list_dir(D) / ".derived"
        sealing.start_run_folder(home, folder)
        (folder / "report.xlsx").write_text(reason, encoding="utf-8")
        stamps = {"run_id": "abc", "list_date": D.isoformat(), "as_of_date": BEFORE.isoformat()}
        run_store.replace_json(folder / run_store.MANIFEST, stamps)
        run = sealing.seal(home, folder, "fallback", reason)
    manifest, held = run_store.manifest(home, run), run_store.run_folder(home, run) / "report.xlsx"
    assert (manifest["reason"], held.read_text(encoding="utf-8")) == ("second", "first")
    assert manifest["files"] == {"report.xlsx": hashlib.sha256(b"first").hexdigest()}


def recalled(sku: str, at: int, first: date = D, until: date | None = None) -> Recall:
    return Recall(sku, first, "坏了", "小陈", NOW + timedelta(minutes=at), until)


@pytest.mark.parametrize(
    ("until", "day", "holds"),
    [(None, BEFORE, False), (None, D, True), (None, NEXT, True), (D, D, True), (D, NEXT, False), (BEFORE, D, False)],
)
def test_a_recall_holds_from_its_list_date_through_its_last_day(until: date | None, day: date, holds: bool) -> None:
    assert recalled("S1", 0, until=until).holds_on(day) == holds


def record(home: Home, *recalls: Recall) -> None:
    """Lay decisions down as the command does, whatever the order of their names."""
    home.reviews.mkdir()
    for number, decision in enumerate(recalls):
        until = None if decision.until is None else decision.until.isoformat()
        facts = {
            "sku_id": decision.sku_id,
            "list_date": decision.list_date.isoformat(),
            "reason": decision.reason,
            "by": decision.by,
            "at": decision.at.isoformat(),
            "until": until,
        }
        run_store.replace_json(home.reviews / f"recall-{decision.list_date}-{number}.json", facts)


def test_the_newest_decision_about_a_good_counts(home: Home) -> None:
    lifted = [recalled("S1", 5, until=BEFORE), recalled("S1", 0)]
    record(home, *lifted, recalled("S2", 1), recalled("S3", 2, first=NEXT))
    assert set(recalls_in_force(home, D)) == {"S2"}
    assert set(recalls_in_force(home, NEXT)) == {"S2", "S3"}


def test_a_list_without_recalled_goods_stays_as_it_is(home: Home) -> None:
    run = publish(home, D, "abc", sku_list=[{"sku_id": "S1"}])
    record(home, recalled("S2", 0))
    assert apply_recalls(home, Settings(), run, NOW).run == run


def request(home: Home, **review: str) -> RunRequest:
    return RunRequest(BEFORE, home, None, Settings.model_validate({"review": review}), NOW)


def test_a_list_of_its_own_is_not_replaced_by_a_kept_one(home: Home) -> None:
    publish(home, BEFORE, "before")
    standing = publish(home, D, "own", "approved")
    assert publish_fallback(request(home), "failed") == standing


def test_without_an_earlier_list_none_is_kept(home: Home) -> None:
    publish(home, NEXT, "later")
    assert publish_fallback(request(home), "failed") is None


def test_only_what_waits_can_be_answered(home: Home) -> None:
    with pytest.raises(UsageError, match="it shows no list"):
        approve(request(home), "小陈")
    own = publish(home, D, "own", "auto_approved")
    with pytest.raises(UsageError, match="auto approved"):
        approve(request(home), "小陈")
    with pytest.raises(UsageError, match="nothing waits"):
        reject(request(home), "小陈", "不好")
    assert no_answer(request(home, on_no_answer="approve")) == own
    again = publish(home, D, "again", "approved")
    assert approve(request(home), "小陈") == again


def test_what_waits_is_the_last_run_that_asked(home: Home) -> None:
    first, second = seal(home, D, "a", "pending"), seal(home, D, "b", "pending")
    run_store.await_review(home, first)
    run_store.await_review(home, second)
    run_store.await_review(home, seal(home, BEFORE, "c", "pending"))
    assert [run.run_id for run in run_store.pending_runs(home)] == ["c", "b"]
    run_store.review_done(home, D)
    run_store.review_done(home, D)
    assert run_store.pending_run(home, D) is None


def test_a_table_that_an_earlier_release_did_not_publish_has_no_rows_and_a_lost_one_is_missed(home: Home) -> None:
    run = publish(home, D, "a", sku_list=[{"sku_id": "S1"}])
    assert run_store.read_table(home, run, "agent_alternates", ["agent_id", "sku_id"]).column_names == [
        "agent_id",
        "sku_id",
    ]
    (run_store.run_folder(home, run) / "sku_list.parquet").unlink()
    with pytest.raises(FileNotFoundError):
        run_store.read_table(home, run, "sku_list")
