"""Danger is heard at once: a buyer's one report takes a good SKU off tomorrow's list until two people have looked."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from tests.support.any_world import LAST_DAY, Shape, write_world
from xuanpin.pipelines import run_store
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import BEIJING, Home, Night, RunRequest
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.explain import headline
from xuanpin.pipelines.explained.review import review_summary
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.overrides import OverrideRequest, store_overrides
from xuanpin.pipelines.republishing.dangers import danger_notice
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import in_language

SHAPE = Shape(seed=3, agents=4, skus=8, customers=200, days=25, lines=40, messages=10, posts=6, returned=0.02)
SMOKES, SLANDERED, DENIED, RASH = "S00000", "S00001", "S00002", "S00003"
SAID = "插上就冒烟了，吓死我了"
PHONE = "13912345678"


def request(home: Home, as_of: date, sources: Path | None) -> RunRequest:
    now = datetime(as_of.year, as_of.month, as_of.day, 10, tzinfo=BEIJING) + timedelta(days=1)
    return RunRequest(as_of, home, sources, Settings(), now, is_stale_allowed=True)


def buyers_line(sources: Path, sku: str) -> dict[str, Any]:
    """A line of this SKU that was delivered two weeks before the last day."""
    rows = pq.read_table(sources / "orders" / "all.parquet").to_pylist()
    came = datetime.combine(LAST_DAY - timedelta(days=14), datetime.min.time())
    return next(row for row in rows if row["sku_id"] == sku and row["delivered_at"] and row["delivered_at"] >= came)


def two_boxes(sources: Path) -> str:
    """A customer to whom two SKUs came on one day and nothing else: which of them she means she has to say."""
    came: dict[str, list[tuple[datetime | None, str]]] = defaultdict(list)
    for row in pq.read_table(sources / "orders" / "all.parquet").to_pylist():
        came[row["customer_id"]].append((row["delivered_at"], row["sku_id"]))
    found = {who: lines for who, lines in came.items() if len(lines) == 2 and all(at for at, _ in lines)}
    return min(who for who, ((at, one), (then, other)) in found.items() if at == then and one != other)


def drop(sources: Path, table: str, rows: list[dict[str, Any]]) -> None:
    with (sources / table / "danger.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def message(key: str, line: Mapping[str, Any], text: str, **more: Any) -> dict[str, Any]:
    return {
        "message_id": key, "group_id": line["group_id"], "sender_id": line["customer_id"], "sender_role": "customer",
        "sent_at": f"{LAST_DAY} 15:00:00", "text": text, "sku_id": line["sku_id"],
    } | more  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One night on a platform on which four SKUs of good rates are spoken of as dangerous, rightly or not."""
    root = tmp_path_factory.mktemp("danger")
    sources = write_world(SHAPE, root / "sources")
    lines = {sku: buyers_line(sources, sku) for sku in (SMOKES, SLANDERED, DENIED, RASH)}
    ghosts = [message(f"X{n}", lines[SLANDERED], "充电就冒烟了", sender_id=f"GHOST{n}") for n in range(9)]
    denials = ["用了不过敏，也不漏电", "会不会过敏？", "上次别家的充电宝冒烟了", "好吃到爆炸"]
    told = [message(f"D{n}", lines[DENIED], text) for n, text in enumerate(denials)]
    unsure = message("U1", lines[DENIED], "不知道是哪个，漏电了", sku_id="", sender_id=two_boxes(sources))
    drop(sources, "chat_messages", [message("M1", lines[SMOKES], f"{SAID} {PHONE}"), unsure, *ghosts, *told])
    came_back = {
        "return_id": "DANGER", "order_line_id": lines[RASH]["order_line_id"], "requested_at": f"{LAST_DAY} 16:00:00",
        "quantity": lines[RASH]["quantity"], "reason_code": "other", "refund_amount": "1.00",
        "comment": "孩子穿了起红疹", "updated_at": f"{LAST_DAY} 16:00:00",
    }  # fmt: skip
    drop(sources, "returns", [came_back])
    found = Home(root / "home")
    run_night(request(found, LAST_DAY, sources))
    return found


def codes(home: Home, list_date: date) -> dict[str, str]:
    rows = run_store.read_table(home, run_store.require_run(home, list_date), "sku_scorecard").to_pylist()
    return {row["sku_id"]: row["decision_code"] for row in rows}


@contextmanager
def opened(home: Home, as_of: date) -> Iterator[Night]:
    with open_night(request(home, as_of, None)) as night:
        yield night


def test_one_buyers_report_holds_a_good_sku_and_slander_and_denials_do_not(home: Home) -> None:
    list_date = LAST_DAY + timedelta(days=1)
    run = run_store.require_run(home, list_date)
    scored = {row["sku_id"]: row for row in run_store.read_table(home, run, "sku_scorecard").to_pylist()}
    assert scored[SMOKES]["evidence_orders"] > 200 and scored[SMOKES]["landmine_probability"] < 0.3
    assert scored[SMOKES]["reasons"][0] == f"danger_reported:reports=1,since={LAST_DAY}"
    assert {sku for sku, row in scored.items() if row["decision_code"] == "danger_reported"} == {SMOKES, RASH}
    assert {sku for sku, row in scored.items() if row["decision"] == "listed"} == scored.keys() - {SMOKES, RASH}
    matched = run_store.read_table(home, run, "agent_matches")["sku_id"].to_pylist()
    assert matched and not {SMOKES, RASH} & set(matched)
    alarms = run_store.read_table(home, run, "alarms", metric="danger", level="sku").to_pylist()
    assert [(row["entity_id"], row["level"], row["since_on"], row["evidence"]) for row in alarms] == [
        (SMOKES, "sku", LAST_DAY, "reports=1,accounts=1"),
        (RASH, "sku", LAST_DAY, "reports=1,accounts=1"),
    ]


def test_people_are_told_and_only_the_report_quotes(home: Home) -> None:
    list_date = LAST_DAY + timedelta(days=1)
    folder = run_store.run_folder(home, run_store.require_run(home, list_date))
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "SKUs held because customers report danger, to be looked at: 2" in page
    assert "Reports of danger whose SKU is uncertain, to be asked about at once: 1" in page and "不知道是哪个" in page
    assert SAID in page and "孩子穿了起红疹" in page and PHONE not in page
    notice = danger_notice(home, list_date)
    assert notice is not None and "2 SKUs held off the list" in notice[0] and f"New: {SMOKES}, {RASH}." in notice[1]
    told = [*notice, headline(home, None, Settings()), review_summary(home, list_date)]
    assert all("冒烟" not in text and "红疹" not in text for text in told)
    assert all(f"Held for danger: 2 SKUs ({SMOKES}, {RASH})" in text for text in told[1:])
    assert "冒烟" not in (home.logs / "xuanpin.log").read_text(encoding="utf-8")
    row = next(line for line in told[-1].splitlines() if f"sku {SMOKES}" in line)
    assert row.startswith("| warning |") and "1 report, to be looked at" in row
    row = next(line for line in in_language(told[-1], "zh").splitlines() if f"商品 {SMOKES}" in line)
    assert row.startswith("| 警告 |") and "有 1 条反馈说它危险" in row


def test_it_comes_back_when_two_people_have_cleared_it_and_not_by_a_pin(home: Home) -> None:
    cleared = OverrideRequest("row 2", SMOKES, "clear", "供应商已换电芯并送检", "小陈", approved_by="质检老李")
    pin = OverrideRequest("row 3", RASH, "pin", "主推", "小陈", approved_by="主管")
    with opened(home, LAST_DAY) as night:
        store_overrides(night, [cleared, pin])
    next_day = LAST_DAY + timedelta(days=1)
    run_night(request(home, next_day, home.root.parent / "sources"))
    found = codes(home, next_day + timedelta(days=1))
    assert found[SMOKES].startswith("listed") and found[RASH] == "danger_reported"
    notice = danger_notice(home, next_day + timedelta(days=1))
    assert notice is not None and "New: none." in notice[1]


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ("小陈", "a hold for danger cleared without a second person; name one who is not the author"),
        (" ", "--approved-by"),
        ("质检老李", f"clear of {RASH} from"),
    ],
)
def test_the_command_takes_two_people(home: Home, second: str, told: str) -> None:
    asked = ["clear-danger", RASH, "--reason", "已送检", "--author", "小陈", "--approved-by", second]
    done = CliRunner().invoke(app, [*asked, "--home", str(home.root)])
    assert isinstance(done.exception, UsageError) == (second != "质检老李")
    assert told in f"{done.output} {done.exception}"
