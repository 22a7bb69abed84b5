"""What the groups say: which messages are feedback, on which good, and how far they count."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.support.chat_world import DAY, TITLES, at, mentions, message, open_world, order, say
from tests.support.source_rows import put
from xuanpin.pipelines.feedback.step import feedback
from xuanpin.pipelines.reporting.excerpts import redacted_excerpts

SHOWN = [
    message("P1", "A1", "今天的丹东99红颜奶油草莓到了，拍起来", at(9)),
    message("P2", "A1", "给大家看看这个肉肠", at(9, 5), sku_id="S2"),
]


def run(folder: Path, *messages: dict[str, Any], orders: tuple[Any, ...] = ()) -> dict[str, Any]:
    return mentions(open_world(folder, orders, [*SHOWN, *messages]))


def test_promotions_never_count(tmp_path: Path) -> None:
    found = run(tmp_path)
    assert (found["P1"]["kind"], found["P1"]["sku_id"], found["P1"]["attribution"]) == ("promotion", "S1", "title")
    assert (found["P2"]["kind"], found["P2"]["sku_id"], found["P2"]["attribution"]) == ("promotion", "S2", "card")
    assert found["P1"]["satisfaction"] is None and found["P1"]["trust_weight"] == 0


KINDS = {
    "早上好": "other",
    "草莓多少钱一斤？": "question",
    "这个草莓好吃吗": "question",
    "接龙 12. 草莓 2份": "order",
    "给我来两份草莓": "order",
    "收到了，草莓好甜，很满意": "feedback",
    "草莓怎么都烂了？收到就坏了": "feedback",
    "今天天气真好": "other",
}


def test_kinds_of_customers_messages(tmp_path: Path) -> None:
    said = [message(text, f"C{place}", text, at(12)) for place, text in enumerate(KINDS)]
    found = run(tmp_path, *said)
    assert {text: found[text]["kind"] for text in KINDS} == KINDS


def test_targets_from_sure_to_unsure(tmp_path: Path) -> None:
    bought = (order("L1", "C1", "S3", at(8)), order("L2", "C2", "S1", at(8)), order("L3", "C2", "S3", at(8)))
    found = run(
        tmp_path,
        message("M1", "C9", "收到了很满意", at(12), sku_id="S2"),
        message("M2", "C9", "收到了很满意", at(12), reply_to_message_id="P1"),
        message("M3", "C1", "收到了很满意", at(12)),
        message("M4", "C2", "收到了，卫衣很舒服", at(12)),
        message("M5", "C9", "红颜草莓收到了，好甜", at(12)),
        message("M6", "C9", "收到了很满意", at(12)),
        message("M7", "C2", "收到了很满意", at(12)),
        orders=bought,
    )
    ways = {key: (found[key]["attribution"], found[key]["sku_id"]) for key in found if key.startswith("M")}
    assert ways == {
        "M1": ("card", "S2"),
        "M2": ("reply", "S1"),
        "M3": ("own_order", "S3"),
        "M4": ("own_order", "S3"),
        "M5": ("title", "S1"),
        "M6": ("recency", "S2"),
        "M7": ("none", None),
    }


def test_one_message_about_two_goods(tmp_path: Path) -> None:
    found = run(tmp_path, message("M1", "C9", "红颜草莓收到了很甜很满意，猪肉肠太难吃了，差评", at(12)))
    assert found["M1/S1"]["satisfaction"] > 0.8 and found["M1/S2"]["satisfaction"] < 0.2


def test_praise_counts_by_who_says_it(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        message("M1", "C1", "草莓收到了好甜很满意", at(12)),
        message("M2", "C9", "草莓收到了好甜很满意", at(12)),
        orders=(order("L1", "C1", "S1", at(8)),),
    )
    assert (found["M1"]["trust_weight"], found["M2"]["trust_weight"]) == (1.0, 0.0)


def test_a_complaint_sent_at_23_changes_the_run(tmp_path: Path) -> None:
    night = open_world(tmp_path, [order("L1", "C1", "S1", at(8))], SHOWN)
    feedback(night)
    assert len(night.engine.read("night.int_complaints")) == 0
    say(night.engine, [message("M1", "C1", "草莓全烂了，太差了", at(23), drop_seq=2)])
    feedback(night)
    complaints = night.engine.read("night.int_complaints").to_pylist()
    assert [(row["order_line_id"], row["sku_id"], row["complained_on"]) for row in complaints] == [("L1", "S1", DAY)]
    assert redacted_excerpts(night, ["S1", "S2"]) == {"S1": [("草莓全烂了，太差了", "M1")], "S2": []}


def test_what_is_said_later_has_no_effect(tmp_path: Path) -> None:
    night = open_world(tmp_path, [order("L1", "C1", "S1", at(8))], [*SHOWN, message("M1", "C1", "草莓好甜", at(12))])
    before = mentions(night)
    later = message("M2", "C1", "草莓全烂了，太差了", at(1, day=DAY + timedelta(days=1)), drop_seq=2)
    say(night.engine, [later])
    assert mentions(night) == before


def test_a_day_read_late_with_others_says_what_it_said_on_its_own(tmp_path: Path) -> None:
    tomorrow = DAY + timedelta(days=1)
    bought = [order(f"L{n}", "C1", sku, at(8)) for n, sku in enumerate(TITLES)] + [order("L9", "C2", "S4", at(8))]
    said = [*SHOWN, message("M1", "C1", "奶油草莓和猪肉肠都到了", at(12))]
    more = [message("M2", "C2", "肉肠真好吃", at(9, day=tomorrow), drop_seq=2)]
    read = []
    for place, messages in (("alone", said), ("late", said + more)):
        night = open_world(tmp_path / place, bought, messages)
        put(night.engine, "products", [{"sku_id": "S4", "title": "台湾猪肉肠礼盒"}])
        feedback(replace(night, as_of_date=DAY if place == "alone" else tomorrow))
        rows = night.engine.query("select * from history.mentions where known_on = $day order by all", day=DAY)
        read.append(rows.to_pylist())
    assert read[0] == read[1]
    (mention,) = (row for row in read[0] if row["message_id"] == "M1")
    assert (mention["sku_id"], mention["attribution"]) == ("S1", "own_order")
    assert 0 < mention["attribution_confidence"] < 0.99


def test_a_buyer_has_one_vote_and_her_last_word_weighs_the_most(tmp_path: Path) -> None:
    bought = tuple(order(f"L{n}", f"C{n}", "S1", at(8)) for n in (1, 2))
    praise, complaint = "收到了，草莓很新鲜，很满意", "收到了，草莓烂了，太差了"
    said = {"C1": [complaint, complaint, praise], "C2": [praise, complaint, complaint]}
    content = {}
    for writer, texts in said.items():
        rows = [message(f"{writer}M{n}", writer, text, at(10 + n), sku_id="S1") for n, text in enumerate(texts)]
        night = open_world(tmp_path / writer, bought, rows)
        feedback(night)
        (sku,) = night.engine.read("night.int_sku_feedback").to_pylist()
        assert sku["message_count"] == 3 and sku["buyer_count"] == 1 and 0 < sku["total_weight"] <= 1
        content[writer] = sku["positive_weight"] / sku["total_weight"]
    first, last = content["C2"], content["C1"]
    assert first < 0.33 and last > 0.36
