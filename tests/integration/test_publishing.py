"""Tomorrow always has a list: people decide, SKUs are recalled, nights fail, and readers see one whole safe run."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import Platform
from tests.support.one_language import strangers
from tests.support.platform_rows import LAST_DAY
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, Night, RunRequest, StepCount
from xuanpin.pipelines.contracts import published_contracts
from xuanpin.pipelines.errors import InputRefused, NothingPublished, OutputCheckFailed, UsageError
from xuanpin.pipelines.explained.review import review_summary
from xuanpin.pipelines.home_drops import write_drop
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.republishing.fallback import publish_fallback
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.republishing.reviews import approve, no_answer, reject
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import in_language, phrase

XUANPIN = Path(sys.executable).with_name("xuanpin")
LIST_DATE = LAST_DAY + timedelta(days=1)
NEXT = LIST_DATE + timedelta(days=1)
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=BEIJING)
PUBLISHING = [step for step in STEPS if step.name in ("write", "publish")]


@pytest.fixture
def home(published: Home, tmp_path: Path) -> Home:
    """A home of its own in which two nights have run."""
    return Home(shutil.copytree(published.root, tmp_path / "home"))


def asked(home: Home, as_of: date = LAST_DAY, sources: Path | None = None, **review: Any) -> RunRequest:
    now = max(NOW, NOW + (as_of - LAST_DAY))
    return RunRequest(as_of, home, sources, Settings.model_validate({"review": review}), now)


@pytest.fixture
def waiting(home: Home) -> Home:
    """The home before anybody has approved the second list."""
    shutil.rmtree(home.list_dir(LIST_DATE))
    (home.published / "current.json").unlink()
    run_store.point_to(home, run_store.require_run(home, LAST_DAY))
    run_night(asked(home, mode="required"), steps=PUBLISHING)
    return home


def rows(home: Home, table: str, list_date: date | None = None) -> Any:
    return run_store.read_table(home, run_store.require_run(home, list_date), table).to_pylist()


def listed(home: Home, list_date: date | None = None) -> set[Any]:
    return {row["sku_id"] for row in rows(home, "sku_list", list_date)}


def check_one_safe_run(home: Home, list_date: date) -> None:
    """Every table is of one run, matches are of listed SKUs, within stock, alternates are of listed SKUs of which some
    are left, and none is over the gate unpinned; the list keeps what it promises, or says that it cannot."""
    run = run_store.require_run(home, list_date)
    tables = {path.stem: pq.read_table(path) for path in run_store.run_folder(home, run).glob("*.parquet")}
    assert tables.keys() == {contract.name for contract in published_contracts()}
    for table in tables.values():
        assert set(table["run_id"].to_pylist()) <= {run.run_id}
    goods = {row["sku_id"]: row for row in tables["sku_list"].to_pylist()}
    reserved = dict.fromkeys(goods, 0)
    for match in tables["agent_matches"].to_pylist():
        reserved[match["sku_id"]] += match["units_reserved"]
    assert all(reserved[sku] <= row["sellable_units"] for sku, row in goods.items())
    given = {(match["agent_id"], match["sku_id"]) for match in tables["agent_matches"].to_pylist()}
    swaps = [(row["agent_id"], row["sku_id"]) for row in tables["agent_alternates"].to_pylist()]
    assert given.isdisjoint(swaps)
    assert all(reserved[sku] < goods[sku]["sellable_units"] for _, sku in swaps)
    assert all(row["landmine_probability"] <= 0.30 or row["role"] == "pinned" for row in goods.values())
    ((can_promise, bound),) = {(row["can_promise"], row["promise_bound"]) for row in goods.values()}
    assert sum(row["landmine_probability"] for row in goods.values()) <= bound * len(goods) + 1e-4
    assert can_promise is (bound <= 0.05)
    assert sorted(row["list_rank"] for row in goods.values()) == list(range(1, len(goods) + 1))


def test_a_list_that_waits_is_not_shown_until_it_is_approved(waiting: Home) -> None:
    pending = run_store.pending_run(waiting, LIST_DATE)
    assert pending is not None and pending.state == "pending"
    assert run_store.current_run(waiting, LIST_DATE) is None
    assert run_store.require_run(waiting).list_date == LAST_DAY.isoformat()
    shown = approve(asked(waiting), "王采")
    assert (shown.run_id, shown.state) == (pending.run_id, "approved")
    assert run_store.require_run(waiting) == shown
    assert run_store.manifest(waiting, shown)["state"] == "approved"
    assert approve(asked(waiting), "王采") == shown, "approving again changes nothing"
    (decision,) = waiting.reviews.glob("approve-*.json")
    facts = json.loads(decision.read_text(encoding="utf-8"))
    assert facts.keys() == {"list_date", "run_id", "decision", "by", "reason", "at"}
    run_night(asked(waiting, mode="required"), steps=PUBLISHING)
    assert run_store.require_run(waiting) == shown, "a decision on the same run holds when the night is run again"


def test_a_rejected_list_gives_way_to_the_last_good_one(waiting: Home) -> None:
    before = listed(waiting, LAST_DAY)
    shown = reject(asked(waiting), "王采", "三款标题有误")
    assert shown is not None and shown.state == "fallback"
    assert shown.list_date == LIST_DATE.isoformat()
    manifest = run_store.manifest(waiting, shown)
    assert (manifest["reason"], manifest["reason_zh"]) == ("rejected: 三款标题有误", "被驳回：三款标题有误")
    assert listed(waiting, LIST_DATE) <= before
    check_one_safe_run(waiting, LIST_DATE)
    with pytest.raises(UsageError, match="nothing waits"):
        approve(asked(waiting), "王采")


@pytest.mark.parametrize(("on_no_answer", "state"), [("fallback", "fallback"), ("approve", "approved")])
def test_the_cut_off_decides_where_nobody_answers(waiting: Home, on_no_answer: str, state: str) -> None:
    decided = no_answer(asked(waiting, on_no_answer=on_no_answer))
    assert decided is not None and decided.state == state
    assert run_store.require_run(waiting).state == state
    assert run_store.manifest(waiting, decided)["reason_zh"] == "到截止时间无人答复"
    if state == "fallback":
        assert approve(asked(waiting), "王采").state == "approved", "a late approval counts"


def test_a_summary_shows_what_a_reviewer_needs(waiting: Home) -> None:
    said = review_summary(waiting, LIST_DATE)
    assert "| SKUs listed |" in said
    assert f"Against {LAST_DAY}" in said
    assert "report.html" in said
    assert "pending" in said
    runs = (run_store.latest_run(waiting), run_store.require_run(waiting, LAST_DAY))
    titles = [
        title
        for run in runs
        for title in run_store.read_table(waiting, run, "sku_scorecard", ["title"])["title"].to_pylist()
    ]
    data = [*titles, str(run_store.run_folder(waiting, runs[0]))]
    assert strangers(in_language(said, "zh"), "zh", data) == strangers(said, "en", data) == []


def test_the_command_line_says_that_a_list_waits_and_takes_the_answer(waiting: Home) -> None:
    def xuanpin(*words: Any) -> Any:
        said = subprocess.run(
            [XUANPIN, *map(str, words), "--home", waiting.root], capture_output=True, text=True, check=False
        )
        return said.returncode, said.stdout, said.stderr

    day = ["--list-date", LIST_DATE]
    code, out, err = xuanpin("reject", *day, "--by", "王采", "--reason", "标题有误")
    assert (code, err) == (6, "")
    assert "fallback" in out
    code, _, err = xuanpin("approve", *day, "--by", "王采")
    assert code == 2
    assert "nothing waits" in err


def test_a_recalled_sku_leaves_list_and_matches_at_once(home: Home) -> None:
    sku = rows(home, "agent_matches")[0]["sku_id"]
    before = run_store.require_run(home)
    shown = recall(home, Settings(), Recall(sku, LIST_DATE, "色牢度投诉", "王采", NOW))
    assert (shown.state, shown.list_date) == ("recalled", before.list_date)
    assert sku not in listed(home)
    assert sku not in {row["sku_id"] for row in rows(home, "agent_matches")}
    (card,) = [row for row in rows(home, "sku_scorecard") if row["sku_id"] == sku]
    assert (card["decision"], card["decision_code"]) == ("not_listed", "recalled")
    assert run_store.manifest(home, shown)["cut_at"] == "2026-11-22T08:30:00+08:00"
    check_one_safe_run(home, LIST_DATE)
    assert run_store.run_folder(home, before).is_dir(), "the run before can still be read"
    again = recall(home, Settings(), Recall(sku, LIST_DATE, "色牢度投诉", "王采", NOW))
    assert again == shown


def test_a_list_made_from_an_earlier_one_heeds_what_agents_have_said_since(home: Home) -> None:
    stock = {row["sku_id"]: row["sellable_units"] for row in rows(home, "sku_list")}
    offered = rows(home, "agent_alternates")
    swapped, declined = offered[0], next(row for row in offered if row["agent_id"] != offered[0]["agent_id"])
    said = [(swapped, "accepted"), (declined, "declined")]
    text = [f"{LIST_DATE},{row['agent_id']},{row['sku_id']},{answer},{NOW.isoformat()}," for row, answer in said]
    lines = ["list_date,agent_id,sku_id,answer,updated_at,reason_code,comment", *(f"{line}," for line in text)]
    write_drop(home.answers, "said.csv", "\n".join([*lines, ""]))
    matches = rows(home, "agent_matches")
    # Where a match of hers is recalled, what she may swap in takes its place.
    hers = {row["sku_id"] for row in matches if row["agent_id"] == swapped["agent_id"]}
    spared = {swapped["sku_id"], declined["sku_id"], *hers}
    gone = next(row["sku_id"] for row in matches if row["sku_id"] not in spared)
    recall(home, Settings(), Recall(gone, LIST_DATE, "色牢度投诉", "王采", NOW))
    check_one_safe_run(home, LIST_DATE)
    left = {(row["agent_id"], row["sku_id"]) for row in rows(home, "agent_alternates")}
    assert (swapped["agent_id"], swapped["sku_id"]) in left
    assert (declined["agent_id"], declined["sku_id"]) not in left
    assert left <= {(row["agent_id"], row["sku_id"]) for row in offered}
    held = sum(row["units_reserved"] for row in rows(home, "agent_matches") if row["sku_id"] == swapped["sku_id"])
    assert held < stock[swapped["sku_id"]]


def test_later_nights_and_runs_of_the_same_night_apply_a_recall(home: Home) -> None:
    sku = rows(home, "agent_matches")[0]["sku_id"]
    shown = recall(home, Settings(), Recall(sku, LIST_DATE, "色牢度投诉", "王采", NOW))
    run_night(asked(home), steps=PUBLISHING)
    assert run_store.require_run(home) == shown, "the night is run again and the good stays off"
    kept = publish_fallback(asked(home, LIST_DATE), "nothing came")
    assert kept is not None
    assert (kept.state, kept.list_date) == ("fallback", NEXT.isoformat())
    assert sku not in listed(home)
    (ban,) = home.overrides.glob("*.jsonl")
    assert json.loads(ban.read_text(encoding="utf-8"))["action"] == "ban"


def test_a_recall_is_lifted_by_its_end_date(home: Home) -> None:
    sku = rows(home, "agent_matches")[0]["sku_id"]
    recall(home, Settings(), Recall(sku, LIST_DATE, "色牢度投诉", "王采", NOW))
    recall(home, Settings(), Recall(sku, LIST_DATE, "已复检", "王采", NOW + timedelta(hours=1), until=LIST_DATE))
    from xuanpin.pipelines.republishing.recall import recalls_in_force

    assert sku in recalls_in_force(home, LIST_DATE)
    assert sku not in recalls_in_force(home, NEXT)


@pytest.mark.parametrize("is_pinned", [True, False])
def test_a_pinned_sku_stays_where_the_list_has_become_too_risky(home: Home, is_pinned: bool) -> None:
    goods = sorted(rows(home, "sku_list"), key=lambda row: row["landmine_probability"])
    safest, risky, riskiest = goods[0]["sku_id"], goods[-2]["sku_id"], goods[-1]["sku_id"]
    assert goods[-3]["landmine_probability"] < goods[-2]["landmine_probability"] < goods[-1]["landmine_probability"]
    path = run_store.run_folder(home, run_store.require_run(home)) / "sku_list.parquet"
    table = pq.read_table(path, partitioning=None)
    roles = ["pinned" if row["sku_id"] == riskiest and is_pinned else "core" for row in table.to_pylist()]
    pq.write_table(table.set_column(table.schema.get_field_index("role"), "role", pa.array(roles)), path)
    # The list without its safest good is riskier than before, which its successor may not be.
    strict = Settings.model_validate({"scoring": {"landmine_promise": 1e-6}})
    recall(home, strict, Recall(safest, LIST_DATE, "色牢度投诉", "王采", NOW))
    codes = {row["sku_id"]: row["decision_code"] for row in rows(home, "sku_scorecard")}
    assert codes[risky if is_pinned else riskiest] == "left_for_promise"
    assert (riskiest in listed(home)) is is_pinned


def test_an_unknown_sku_cannot_be_recalled(home: Home) -> None:
    with pytest.raises(UsageError, match="S-nowhere"):
        recall(home, Settings(), Recall("S-nowhere", LIST_DATE, "?", "王采", NOW))
    assert not home.reviews.exists()


def test_a_run_without_its_reserves_names_the_way_out(home: Home) -> None:
    run = run_store.require_run(home)
    shutil.rmtree(run_store.run_folder(home, run) / "reserves")
    with pytest.raises(UsageError, match="run the night of that list date again"):
        recall(home, Settings(), Recall(sorted(listed(home))[0], LIST_DATE, "?", "王采", NOW))
    assert run_store.require_run(home) == run


def change_warehouse(home: Home, sql: list[Any]) -> None:
    from xuanpin.pipelines.migration import open_home

    engine = open_home(home)
    try:
        for statement in sql:
            engine.execute(statement)
    finally:
        engine.close()


def test_a_kept_list_is_held_against_what_is_known_now(home: Home) -> None:
    goods = sorted(listed(home))
    withdrawn, sold_out, banned, risky, scarce, lapsed, bounded = goods[:7]
    change_warehouse(
        home,
        [
            f"update source.products set status = 'withdrawn' where sku_id = '{withdrawn}'",
            f"update source.inventory set sellable_units = 0 where sku_id = '{sold_out}'",
            f"update source.inventory set sellable_units = 1 where sku_id = '{scarce}'",
            f"update source.products set is_clearance = true where sku_id in ('{lapsed}', '{bounded}')",
            *(
                f"insert into source.supplier_offers by name select '{sku}' as offer_id, 'V' as supplier_id, "
                f"'{sku}' as sku_id, 2 as offered_units, date '{LIST_DATE}' as valid_from, date '{until}' as "
                "valid_until, timestamp '2026-11-20' as updated_at, date '2026-11-20' as known_on, 'h' as row_hash"
                for sku, until in ((lapsed, LIST_DATE), (bounded, NEXT))
            ),
            "insert into source.overrides by name select 'B1' as override_id, "
            f"'{banned}' as sku_id, 'ban' as action, date '2026-11-01' as starts_on, 'x' as reason, 'y' as author, "
            "timestamp '2026-11-20' as created_at, date '2026-11-20' as known_on, 'h' as row_hash",
            f"update night.sku_scores set landmine_probability = 0.9 where sku_id = '{risky}'",
            f"update ops.steps_done set as_of_date = date '{LIST_DATE}' where step = 'changes'",
        ],
    )
    kept = publish_fallback(asked(home, LIST_DATE), "late source")
    assert kept is not None and kept.state == "fallback"
    gone = {withdrawn, sold_out, banned, risky, lapsed}
    assert not gone & listed(home)
    assert not gone & {row["sku_id"] for row in rows(home, "agent_matches")}
    assert scarce in listed(home)
    (kept_row,) = [row for row in rows(home, "sku_list") if row["sku_id"] == bounded]
    assert (kept_row["sellable_units"], kept_row["offer_until"]) == (2, NEXT)
    codes = {row["sku_id"]: row["decision_code"] for row in rows(home, "sku_scorecard")}
    assert withdrawn not in codes
    told = ["out_of_stock", "banned_by_override", "now_over_cap", "offer_ended"]
    assert [codes[sku] for sku in (sold_out, banned, risky, lapsed)] == told
    check_one_safe_run(home, NEXT)


def refuse(night: Night) -> StepCount:
    """Refuse what a night is about to publish."""
    raise OutputCheckFailed(phrase("the log"))


def test_what_was_written_beside_a_check_that_failed_is_no_run(home: Home) -> None:
    before, partial = run_store.require_run(home), home.list_dir(LIST_DATE) / ".partial"
    last = [step for step in STEPS if step.name in ("check_outputs", "write", "publish")]
    with pytest.raises(OutputCheckFailed):
        run_night(asked(home), steps=[replace(last[0], function=f"{__name__}:refuse"), *last[1:]])
    assert (partial / "agent_matches.parquet").is_file() and not (partial / run_store.MANIFEST).exists()
    assert (run_store.require_run(home), run_store.pending_run(home, LIST_DATE)) == (before, None)
    run_night(asked(home), steps=last)
    assert run_store.require_run(home) == before and not partial.exists(), "the same night gives the same run"


def test_a_refused_drop_leaves_the_last_list_and_gives_the_next_date_a_kept_one(
    home: Home, platform: Platform, tmp_path: Path
) -> None:
    sources = shutil.copytree(platform.sources, tmp_path / "sources")
    (sources / "orders" / "torn.parquet").write_bytes(b"PAR1 and then nothing")
    before = run_store.require_run(home)
    with pytest.raises(InputRefused, match="torn"):
        run_night(asked(home, LIST_DATE, sources))
    assert run_store.current_run(home, LIST_DATE) == before
    kept = run_store.require_run(home)
    assert (kept.list_date, kept.state) == (NEXT.isoformat(), "fallback")
    assert "torn.parquet" in run_store.manifest(home, kept)["reason"]
    check_one_safe_run(home, NEXT)


def test_a_crash_of_a_step_publishes_a_fallback_and_logs_no_text(
    home: Home, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing: dict[str, str] = {}
    monkeypatch.setattr("xuanpin.pipelines.history.stage.stage", lambda night: nothing["手机号 13800138000"])
    with pytest.raises(NothingPublished, match="fallback") as outcome:
        run_night(replace(asked(home, LIST_DATE, platform.sources), is_stale_allowed=True))
    assert "13800138000" not in str(outcome.value)
    assert run_store.require_run(home).state == "fallback"


def test_a_source_that_is_not_there_publishes_a_fallback(home: Home, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        run_night(asked(home, LIST_DATE, tmp_path / "nowhere"))
    assert run_store.require_run(home).state == "fallback"


def test_a_list_that_stands_is_not_replaced_by_a_kept_one(home: Home) -> None:
    before = run_store.require_run(home)
    assert publish_fallback(asked(home), "a second run failed") == before


def test_without_an_earlier_list_nothing_is_published(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert publish_fallback(asked(home), "first night") is None
    assert run_store.current_run(home) is None


def test_a_kept_list_gives_the_same_bytes_again(home: Home, fingerprint: Callable[..., dict[str, str]]) -> None:
    first = publish_fallback(asked(home, LIST_DATE), "late source")
    before = fingerprint(home, NEXT)
    assert publish_fallback(asked(home, LIST_DATE), "late source") == first
    assert fingerprint(home, NEXT) == before


def test_a_kept_list_can_be_kept_for_days(home: Home) -> None:
    for day in range(1, 3):
        publish_fallback(asked(home, LAST_DAY + timedelta(days=day)), "nothing came")
    assert run_store.require_run(home).list_date == date(2026, 11, 24).isoformat()
    check_one_safe_run(home, date(2026, 11, 24))
