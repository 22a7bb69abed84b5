"""Which wordings say what of a message: a text, and the kinds that the lexicon finds in it."""

from contextlib import closing
from pathlib import Path

import pytest

from xuanpin.models.text.lexicon.message_patterns import MessagePatterns, load_message_patterns
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.feedback.word_lists import message_patterns

KINDS_OF = [
    ("收到了，草莓好甜", "receipt"),
    ("给孩子吃的，家里人都喜欢", "receipt"),
    ("用了一周，起球", "receipt"),
    ("退款吧", "receipt"),
    ("草莓多少钱一斤", "question"),
    ("这个贵吗", "question"),
    ("哪个颜色好看？", "question"),
    ("哪个颜色都好看", ""),
    ("可以便宜点不", "question"),
    ("什么时候到", "question"),
    ("什么时候都行", "question"),
    ("怎么样？", "question"),
    ("怎么样都行", ""),
    ("收到了，怎么还没退款", "receipt question"),
    ("接龙", "order"),
    ("给我来两份", "order"),
    ("要三盒草莓", "order"),
    ("+1", "order"),
    ("＋２", "order"),
    ("12. 草莓 2份", "order"),
    ("12 草莓 2份", "order"),
    ("12 草莓 2份好吃", ""),
    ("草莓 12. 2份好吃", ""),
    ("这也叫新鲜", "rhetorical"),
    ("谁敢喝", "rhetorical"),
    ("会不会起球", "question"),
    ("毛巾掉毛不", "question"),
    ("薄不薄", "question"),
    ("没啥味", ""),
    ("再加一份", "order"),
    ("👎👎", "greeting verdict"),
    ("早👍", "greeting"),
    ("+1 我的也是破的", "receipt order"),
    ("+1，我家的也漏水", "receipt order"),
    ("接龙 我也收到了坏的", "receipt order"),
    ("+1 我也要", "order"),
    ("我也想买，+1", "aside question order"),
    ("+1 我的要甜的", "order"),
    ("我要两份，多少钱", "question order"),
    ("@所有人 明天发货", "notice"),
    ("明天发货 @所有人", ""),
    ("【群公告】明天发货", "quoted notice"),
    ("“小王”邀请“小李”进群", "notice"),
    ("我的电话〔电话〕", "notice"),
    ("早上好", "greeting"),
    ("早", "greeting"),
    ("大家早上好呀～", "greeting"),
    ("各位大家好！辛苦了 谢谢群主", "greeting"),
    ("  好的好的👌", "greeting"),
    ("早上好，草莓到货了", "receipt"),
    ("早上不好", ""),
    ("呀", ""),
    ("大家", ""),
    ("😊😊", "greeting"),
    ("[微笑][玫瑰]", "greeting"),
    ("[一二三四五]", ""),
    ("早[微笑]", ""),
    ("。。。", "greeting"),
    ("好吃", ""),
    ("", ""),
    ("一个人干掉半箱", "receipt"),
    ("+10086 难闻", ""),
    ("改成两盒", "order"),
    ("哪个牌子好用", "question"),
    ("有优惠没有", "question"),
    ("隔壁群的都比这个甜", "aside compared harmless"),
    ("隔壁群的甜", "aside harmless"),
    ("有没有人用过", "aside receipt question"),
    ("还有人没用过吗", "receipt rhetorical question"),
    ("怎么洗一水就短", "rhetorical question"),
    ("怎么洗", "question"),
    ("穿着像没穿", "receipt"),
    ("早上好，姐妹们", "greeting"),
]


def kinds(patterns: MessagePatterns, *texts: str) -> list[str]:
    """The kinds of each text; one statement reads them all, for the patterns are long."""
    asked_for = {name: pattern for name, pattern in patterns.parameters().items() if "_signs_" not in name}
    found = ", ".join(f"regexp_matches(text, ${name}) as {name}" for name in asked_for)
    with closing(open_memory()) as engine:
        asked = f"select {found} from (select unnest($texts) as text)"
        rows = engine.query(asked, texts=[*texts], **asked_for).to_pylist()
    return [" ".join(dict.fromkeys(name.split("_")[0] for name, is_found in row.items() if is_found)) for row in rows]


@pytest.fixture(scope="module")
def kind_of() -> dict[str, str]:
    texts = [text for text, _ in KINDS_OF]
    return dict(zip(texts, kinds(load_message_patterns(), *texts), strict=True))


@pytest.mark.parametrize(("text", "expected"), KINDS_OF)
def test_what_a_wording_says(kind_of: dict[str, str], text: str, expected: str) -> None:
    assert kind_of[text] == expected


def test_whatever_is_to_be_cut_out_bears_a_sign() -> None:
    patterns = load_message_patterns().parameters()
    texts = [text for text, _ in KINDS_OF] + [
        "「都烂了」回复",
        "群里都说好吃，我觉得一般",
        "转发：真甜",
        "引用：破了\n我的没破",
    ]
    for kind in ("quoted", "aside"):
        used = {name: pattern for name, pattern in patterns.items() if name.startswith(kind)}
        asked = ", ".join(f"regexp_matches(text, ${name}) as {name}" for name in used)
        with closing(open_memory()) as engine:
            rows = engine.query(f"select {asked} from (select unnest($texts) as text)", texts=texts, **used).to_pylist()
        found = [row.pop(f"{kind}_pattern") for row in rows]
        assert [any(row.values()) for row in rows] == found and 1 < sum(found) < len(texts)


def extended(folder: Path, *rows: str) -> MessagePatterns:
    (folder / "message_patterns.csv").write_text("\n".join(["kind,pattern,note,use", *rows]) + "\n", encoding="utf-8")
    return message_patterns(folder)


def test_a_deployment_adds_wordings_and_switches_ours_off(tmp_path: Path) -> None:
    patterns = extended(tmp_path, "question,咋卖,how is it sold,", "greeting,安安,,yes", "question,啥价,what price,no")
    texts = ("草莓咋卖", "大家安安呀", "啥价", "几块")
    assert kinds(patterns, *texts) == ["question", "greeting", "", "question"]
    assert kinds(load_message_patterns(), "草莓咋卖") == [""]


def test_a_row_is_an_alternative_of_its_own_with_its_own_flags(tmp_path: Path) -> None:
    patterns = extended(tmp_path, "order,(?i)abc,,", "order,甲|乙,,")
    assert kinds(patterns, "ABC", "乙", "OK", "oK") == ["order", "order", "greeting", ""]


def test_a_kind_that_is_switched_off_altogether_is_found_nowhere(tmp_path: Path) -> None:
    patterns = extended(tmp_path, r'face,"\[[^\]]{1,4}\]",,no')
    assert kinds(patterns, "[微笑]", "😊", "早") == ["", "greeting", "greeting"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("question,(多少,,", "line 3: pattern '(多少' is not RE2"),
        ("question,多)|(少,,", "line 3: pattern '多)|(少' is not RE2"),
        ("question,(?<=多)少,,", "line 3: pattern '(?<=多)少' is not RE2"),
        ("question,多?,,", "line 3: pattern '多?' matches an empty text"),
        ("question,,,", "line 3: pattern '' matches an empty text"),
        ("wish,想要,,", "line 3: kind 'wish' is unknown; write one of quoted, hypothetical"),
        ("question,多少钱,,off", "line 3: use must be yes, no or empty, not 'off'"),
        ("question,[怎，,]么,,", "line 3: has more cells than columns; put quotes"),
        ("question,多少銭,,no", "line 3: no pattern '多少銭' of kind question to switch off"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(UsageError) as error:
        extended(tmp_path, "question,咋卖,,", row)
    assert f"{tmp_path}: message_patterns.csv {problem}" in str(error.value)


def test_a_bad_word_of_opinion_is_named_too(tmp_path: Path) -> None:
    from xuanpin.pipelines.feedback.word_lists import opinion_scorer

    (tmp_path / "polarity.csv").write_text("term,polarity\n好,高\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"polarity\.csv line 2"):
        opinion_scorer(tmp_path)


def test_each_of_our_own_rows_passes_what_those_of_a_deployment_have_to(tmp_path: Path) -> None:
    assert load_message_patterns(tmp_path) == load_message_patterns(None)
