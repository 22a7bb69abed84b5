"""What a messenger gets: one message a group a day, within limits, in an adviser's words, once whatever happens."""

from __future__ import annotations

import csv
import json
import re
import stat
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.outbox_home import GROUPS, LIST_DATE, NOON, listed, outbox_home, sku
from tests.support.tiny_runs import publish
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import HomeBusy, UsageError
from xuanpin.pipelines.outbox import wecom, wording
from xuanpin.pipelines.outbox.codes import answer_code
from xuanpin.pipelines.outbox.composing import compose
from xuanpin.pipelines.outbox.files import COLUMNS
from xuanpin.pipelines.outbox.ledger import LEDGER, list_folder, open_ledger
from xuanpin.pipelines.outbox.links import links_for
from xuanpin.pipelines.outbox.message import Message
from xuanpin.pipelines.outbox.writing import Written, write_outbox
from xuanpin.pipelines.run_store.sealing import RESERVES
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.desk import DeskSettings
from xuanpin.pipelines.settings.outbox import OutboxSettings

SETTINGS = OutboxSettings()


def written(home: Home, way: Any = "json", **settings: Any) -> Written:
    return write_outbox(home, OutboxSettings(**settings), LIST_DATE, way, NOON)


def messages(home: Home, **settings: Any) -> list[Message]:
    """The messages of the current run, whatever the ledger says."""
    run = run_store.require_run(home)
    return list(compose(home, run, bytes(32), OutboxSettings(**settings), ()))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def test_every_group_of_an_active_agent_gets_one_message_and_the_others_are_named(tmp_path: Path) -> None:
    done = written(outbox_home(tmp_path / "home"))
    (path,) = done.files
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(row["agent_id"], row["group_id"]) for row in found] == [("A1", "G1"), ("A1", "G3"), ("A2", "G2")]
    assert (done.new, done.held) == (3, 0)
    assert (done.recipients.without_group, done.recipients.without_match) == (("A3",), ("A4",))
    assert len({row["message_id"] for row in found}) == 3


def test_a_group_reads_in_an_advisers_words_what_speaks_for_each_sku(tmp_path: Path) -> None:
    made = messages(outbox_home(tmp_path / "home"))[0]
    assert made.text.splitlines() == [
        "11月22日，给大家挑了 3 款，按需选就好：",
        "",
        "1. 好物 S1 ¥39.90",
        "   群里买过「母婴/棉柔巾」20 件，留下了 95%。",
        "   约 92% 的买家满意，每 100 件约退回 3 件（50 行订单）。",
        "",
        "2. 好物 S2 ¥39.90",
        "   约 92% 的买家满意，每 100 件约退回 3 件（50 行订单）。",
        "",
        "3. 好物 S3 ¥39.90",
        "   群里近期买过 4 件。",
        "   买过的人还不多，数字是按同类商品估的；拿不准可以先少买。",
        "",
        f"收到后好不好，都请在群里说一声。（清单编号 {made.message_id}）",
    ]
    english = messages(outbox_home(tmp_path / "other"), language="en")[0]
    assert "For 2026-11-22 I picked 3 SKUs" in english.text
    assert "Our groups kept 95% of 20 units" in english.text


def test_end_of_line_stock_says_how_many_are_left_and_until_when(tmp_path: Path) -> None:
    bounded = sku("S2", 2, sellable_units=18, offer_until=date(2026, 11, 25))
    made = messages(outbox_home(tmp_path / "home", skus=[sku("S1", 1), bounded, sku("S3", 3)]))[0]
    (line,) = [line for line in made.text.splitlines() if "截止" in line]
    assert line == "   尾货，还剩 18 件，11月25日截止。"
    assert "   · 尾货，供应商只放 18 件，11月25日截止，先到先得。" in made.note.splitlines()


def test_no_text_has_hype_or_a_commission(tmp_path: Path) -> None:
    content = json.dumps(wording._texts(), ensure_ascii=False)
    assert not re.search(
        "佣金|赚|爆款|秒杀|最低价|限时|抢|commission|earn|best price|hurry|limited", content, re.IGNORECASE
    )


def test_what_is_hers_alone_stands_in_her_note_and_not_in_the_groups_text(tmp_path: Path) -> None:
    home = outbox_home(tmp_path / "home")
    made = messages(home)[0]
    code = answer_code(bytes(32), ("2026-11-22", "A1", "S1"))
    assert made.skus[0].code == code
    assert f"1. 好物 S1 · ¥39.90 · 回应代码 {code}" in made.note
    assert "在您要的 10.00–150.00 元之内" in made.note
    assert code not in made.text
    assert "10.00" not in made.text
    linked = messages(home, answer_url="https://desk.test/a/{code}")[0]
    assert f"回应 https://desk.test/a/{code}" in linked.note


def test_where_agents_reach_the_desk_her_note_has_her_link_in_place_of_codes(tmp_path: Path) -> None:
    home = outbox_home(tmp_path / "home")
    run, desk = run_store.require_run(home), DeskSettings(hosts=("desk.test",), address="https://desk.test")
    made = list(compose(home, run, bytes(32), SETTINGS, (), desk))
    link = links_for(home, bytes(32), "https://desk.test", "2026-11-22", 7).of("A1")
    assert [link in message.note for message in made] == [True, True, False]
    for message in made:
        assert "回应代码" not in message.note and "请不要转发" in message.note
        assert "https://desk.test/a/" not in message.text, "what stands in a group opens the page to everybody"
    assert "1. 好物 S1 · ¥39.90\n   · " in made[0].note


def test_a_message_holds_her_nine_best_and_no_two_of_a_kind_follow_each_other(tmp_path: Path) -> None:
    skus = [sku(f"S{at:02d}", at, category="女装" if at <= 8 else "男装") for at in range(1, 13)]
    names = [row["sku_id"] for row in skus]
    home = outbox_home(tmp_path / "home", skus=skus, matches={"A2": names})
    (made,) = messages(home)
    assert sorted(line.sku_id for line in made.skus) == names[:9]
    assert [line.sku_id for line in made.skus][:3] == ["S01", "S09", "S02"]
    assert len(messages(home, most_skus=4)[0].skus) == 4


def test_titles_are_cut_where_a_character_ends_and_stand_on_one_line(tmp_path: Path) -> None:
    long = "云柔棉柔巾" * 10 + "🇨🇳"
    skus = [sku("S1", 1, title=long), sku("S2", 2, title="两\n行\u202e题 "), sku("S3", 3, title="\u200b ")]
    made = messages(outbox_home(tmp_path / "home", skus=skus), title_characters=12)[0]
    assert [line.title for line in made.skus] == ["云柔棉柔巾云柔棉柔巾云…", "两 行题", "S3"]


def test_what_does_not_fit_goes_from_the_end_details_first(tmp_path: Path) -> None:
    skus = [sku(f"S{at}", at, title="长" * 30) for at in range(1, 10)]
    home = outbox_home(tmp_path / "home", skus=skus, matches={"A2": [row["sku_id"] for row in skus]})
    (whole,) = messages(home, text_characters=2_000)
    assert whole.text.count("买家满意") == 9
    (fewer,) = messages(home, text_characters=600)
    assert len(fewer.skus) == 9
    assert 0 < fewer.text.count("买家满意") < 9
    (short,) = messages(home, text_characters=200)
    assert 0 < len(short.skus) < 9
    assert f"给大家挑了 {len(short.skus)} 款" in short.text
    assert short.note.count("回应代码 ") == len(short.skus)
    for made, most in ((fewer, 600), (short, 200)):
        assert len(made.text) <= most
    (by_bytes,) = messages(home, text_characters=2_000, text_bytes=800)
    assert len(by_bytes.text.encode()) <= 800 < len(whole.text.encode())


def test_only_what_is_a_page_is_linked(tmp_path: Path) -> None:
    pages = {"S1": "https://shop.test/S1", "S2": "javascript:alert(1)", "S3": "https://shop.test/a b"}
    done = written(outbox_home(tmp_path / "home", pages=pages), "csv")
    first = rows(done.files[0])[0]
    assert first["links"] == "1. https://shop.test/S1"
    assert first["sku_ids"] == "S1|S2|S3"


def test_a_sheet_has_a_mark_for_spreadsheets_and_no_active_formula(tmp_path: Path) -> None:
    done = written(outbox_home(tmp_path / "home", groups={"A1": ("=1+1",)}), "csv")
    (path,) = done.files
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    (row,) = rows(path)
    assert tuple(row) == COLUMNS
    assert row["group_id"] == "'=1+1"


def test_requests_for_a_gateway_are_what_wecom_reads(tmp_path: Path) -> None:
    done = written(outbox_home(tmp_path / "home"), "wecom")
    first = json.loads(done.files[0].read_text(encoding="utf-8").splitlines()[0])
    assert first["path"] == wecom.ADD_TASK
    body = first["body"]
    assert (body["chat_type"], body["chat_id_list"], body["sender"]) == ("group", ["G1"], "A1")
    assert body["attachments"] == [{"msgtype": "link", "link": {"title": "好物 S1", "url": "https://shop.test/S1"}}]
    assert "attachments" not in wecom.task_body(messages(outbox_home(tmp_path / "other", pages={}))[0])


def test_a_second_time_nothing_is_written_not_by_another_way_and_not_after_a_recall(tmp_path: Path) -> None:
    home = outbox_home(tmp_path / "home")
    before = written(home).files[0].read_bytes()
    for way in ("json", "csv", "wecom"):
        again = written(home, way)
        assert (again.new, again.held, again.files) == (0, 3, ())
    outbox_home(home.root, run_id="run2", skus=listed()[1:])
    after = written(home)
    assert (after.new, after.held) == (0, 3)
    assert written(home).files == ()
    assert (list_folder(home, LIST_DATE) / "messages-001.jsonl").read_bytes() == before


def test_agents_are_told_once_of_each_sku_that_left_after_their_message(tmp_path: Path) -> None:
    home = outbox_home(tmp_path / "home")
    written(home)
    outbox_home(home.root, run_id="run2", skus=listed()[1:])
    done = written(home)
    assert done.withdrawn == 3
    (path,) = done.files
    told = rows(path)
    assert [(row["agent_id"], row["group_id"], row["sku_id"]) for row in told] == [
        ("A1", "G1", "S1"),
        ("A1", "G3", "S1"),
        ("A2", "G2", "S1"),
    ]
    assert told[0]["note"].startswith("A1，您好。2026-11-22 的「好物 S1」已撤下")
    assert written(home).withdrawn == 0
    outbox_home(home.root, run_id="run3", skus=listed()[2:])
    assert [row["sku_id"] for row in rows(written(home).files[0])] == ["S2", "S2"]


def test_a_group_that_comes_later_gets_its_message_and_the_others_no_second(tmp_path: Path) -> None:
    home = outbox_home(tmp_path / "home")
    written(home)
    outbox_home(home.root, run_id="run2", groups={**GROUPS, "A3": ("G5",)})
    done = written(home)
    assert (done.new, done.held) == (1, 3)
    assert [path.name for path in done.files] == ["messages-002.jsonl"]
    assert json.loads(done.files[0].read_text(encoding="utf-8"))["group_id"] == "G5"


def test_the_same_run_gives_the_same_ids_and_another_run_others(tmp_path: Path) -> None:
    home = outbox_home(tmp_path / "home")
    ids = [made.message_id for made in messages(home)]
    assert ids == [made.message_id for made in messages(home)]
    outbox_home(home.root, run_id="run2")
    assert not set(ids) & {made.message_id for made in messages(home)}


def test_all_of_it_is_private_and_a_copy_too(tmp_path: Path) -> None:
    home = outbox_home(tmp_path / "home")
    done = write_outbox(home, SETTINGS, None, "csv", NOON, tmp_path / "out")
    assert done.files == (tmp_path / "out" / "messages-001.csv",)
    kept = [*home.outbox.rglob("*"), *home.keys.rglob("*"), *done.files]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home.outbox, home.keys)} == {0o700}
    assert done.files[0].read_bytes() == (list_folder(home, LIST_DATE) / "messages-001.csv").read_bytes()


def test_what_a_killed_process_left_of_a_line_is_taken_away(tmp_path: Path) -> None:
    home = outbox_home(tmp_path / "home")
    written(home)
    path = list_folder(home, LIST_DATE) / LEDGER
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    for cut in (whole[:-1], whole[: len(lines[0]) + 7], lines[0], whole[:5], b""):
        path.write_bytes(cut)
        with open_ledger(home, LIST_DATE) as ledger:
            kept = len(ledger.entries)
        assert path.read_bytes() == whole[: cut.rfind(b"\n") + 1]
        done = written(home)
        assert done.new + kept == 3
        assert len({entry["message"]["group_id"] for entry in events(path, "written")}) == 3


def events(path: Path, kind: str) -> list[dict[str, Any]]:
    read = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [event for event in read if event["event"] == kind]


@pytest.mark.parametrize(
    "line", ["no JSON", "[]", "\udcff", '{"event": "handed", "at": "2026-11-22T12:00:00+08:00"}', '{"event": "sent"}']
)
def test_a_damaged_ledger_stops_everything_and_names_its_line(tmp_path: Path, line: str) -> None:
    home = outbox_home(tmp_path / "home")
    written(home)
    path = list_folder(home, LIST_DATE) / LEDGER
    with path.open("a", encoding="utf-8", errors="surrogateescape") as out:
        out.write(line + "\n")
    with pytest.raises(UsageError, match=r"sent\.jsonl is damaged in line 5: .* nothing is sent; restore"):
        written(home)


def test_one_command_at_a_time_holds_the_outbox(tmp_path: Path) -> None:
    home = outbox_home(tmp_path / "home")
    with open_ledger(home, LIST_DATE), pytest.raises(HomeBusy, match="another outbox command is at work"):
        written(home)


def test_a_list_date_without_a_current_run_and_a_run_without_groups_are_named(tmp_path: Path) -> None:
    home = outbox_home(tmp_path / "home")
    with pytest.raises(UsageError, match="no list is published for list date 2026-11-23"):
        write_outbox(home, SETTINGS, LIST_DATE + timedelta(days=1), "csv", NOON)
    run = publish(home, LIST_DATE, "old")
    assert not (run_store.run_folder(home, run) / RESERVES).exists()
    with pytest.raises(UsageError, match=r"the list of 2026-11-22 carries no groups to send to: .* run the night"):
        written(home)
    assert not home.outbox.exists()


@pytest.mark.parametrize(
    ("key", "allowed", "refused"),
    [
        ("most_skus", 9, 10),
        ("title_characters", 32, 33),
        ("text_characters", 200, 199),
        ("text_bytes", 800, 799),
        ("language", "en", "fr"),
        ("answer_url", "https://desk.test/a?c={code}", "https://desk.test/a"),
        ("answer_url", "http://desk.test/{code}", "https://desk.test/{code}/{agent}"),
        ("answer_url", "https://desk.test/{code}", "ftp://desk.test/{code}"),
        ("gateway", "https://im.test/wecom", "http://im.test/wecom"),
        ("gateway", "http://127.0.0.1:8080", "http://127.0.0.1.evil.test"),
        ("gateway", "http://localhost:1", "im.test/wecom"),
        ("settle_minutes", 1, 0),
    ],
)
def test_a_setting_beyond_its_bound_is_refused(key: str, allowed: object, refused: object) -> None:
    assert getattr(Settings.model_validate({"outbox": {key: allowed}}).outbox, key) == allowed
    with pytest.raises(ValueError, match=key):
        Settings.model_validate({"outbox": {key: refused}})
