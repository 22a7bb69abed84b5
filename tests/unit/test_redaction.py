"""Personal data leaves a text; prices, dates, order numbers and opinions stay."""

import pyarrow as pa
import pytest

from xuanpin.models.text.names import COMMON_TEXTS, KnownNames, sort_names
from xuanpin.models.text.redaction import FEW_TEXTS, redact_texts

TITLES = ("手剥山核桃 500g", "云柔棉柔巾")


def redact(text: str, *names: str) -> str:
    """Redact a text, which is read among few, and suspected or not alone and among many."""
    known = sort_names(names, TITLES)
    alone, among_few, among_many = (
        redact_texts(pa.array([text] + ["好"] * others), known)[0].as_py() for others in (0, 1, FEW_TEXTS.stop)
    )
    assert alone == among_few == among_many
    return str(alone)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("我电话13812345678", "我电话〔电话〕"),
        ("138-1234-5678和139 8765 4321", "〔电话〕和〔电话〕"),
        ("１３８１２３４５６７８", "〔电话〕"),
        ("13812345678,13912345678", "〔电话〕,〔电话〕"),
        ("打0571-88889999", "打〔电话〕"),
        ("身份证 330106199001011234，坏了", "身份证 〔证件〕，坏了"),
        ("33010619900101123X", "〔证件〕"),
        ("卡号 6222 0212 3456 7890 123", "卡号 〔卡号〕"),
        ("微信号：abc_12345 加我", "微信号：〔账号〕 加我"),
        ("加V：hello888", "加V：〔账号〕"),
        ("邮箱 a.b@example.com", "邮箱 〔邮箱〕"),
        ("地址：浙江省杭州市西湖区文三路123号3栋2单元501室", "地址：〔地址〕"),
        ("寄到上海市浦东新区张江路88弄6号302", "〔地址〕"),
        ("3栋2单元501室", "〔地址〕"),
        ("我叫张三丰，坏了", "我叫〔姓名〕，坏了"),
        ("王女士说不好", "〔姓名〕女士说不好"),
        ("订单1381234567890123收到", "订单〔单号〕收到"),
        ("㈠㈢㈧㈠㈡㈢㈣㈤㈥㈦㈧", "〔电话〕"),
        ("座机六六八八九九零零", "座机〔电话〕"),
        ("六二二二零二一二三四五六七八九零一二三", "〔卡号〕"),
        ("卡:6222.0212.3456.7890.123", "卡:〔卡号〕"),
        ("密码：Abc12345", "密码：〔单号〕"),
        ("a(at)example.com", "〔邮箱〕"),
        ("abc@example。com", "〔邮箱〕"),
        ("微-信-号 abc12345", "微-信-号 〔账号〕"),
        ("wei xin abc12345", "wei xin 〔账号〕"),
        ("VX ID abc_12345", "VX ID 〔账号〕"),
        ("Q Q：1234 56789", "Q Q：〔账号〕"),
        ("经纬度 30.2741,120.1551", "〔位置〕"),
        ('{"lat":30.2741,"lng":120.1551}', '{"〔位置〕,"〔位置〕}'),
        ("3 栋 2 单元 501 室", "〔地址〕"),
        ("３棟２單元５０１室", "〔地址〕"),
        ("住在西湖區文三路123號3棟2單元501", "〔地址〕"),
        ("三栋二单元五百零一室", "〔地址〕"),
        ("东方花园A座1203", "〔地址〕"),
        ("12#-3-401", "〔地址〕"),
        ("门牌号：12-3-401", "门牌号：〔地址〕"),
        ("我老公叫王建国", "我老公叫〔姓名〕"),
        ("经办人王建国", "经办人〔姓名〕"),
        ("收：王建国", "收：〔姓名〕"),
        ("昵称：豆豆妈", "昵称：〔姓名〕"),
    ],
)
def test_personal_data_is_replaced(text: str, left: str) -> None:
    assert redact(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "价格3199 用了5天 500g 2026-11-22 12:30",
        "超市3号到货",
        "口红12#色 3-5天到 A座位宽",
        "密码锁3个 我妈叫苦 学生价39",
        "联系客服了",
        "明天20号发货到市区",
    ],
)
def test_what_is_not_personal_stays(text: str) -> None:
    assert redact(text) == text


def test_known_names_are_matched_whole_and_longest_first() -> None:
    assert redact("豆豆妈咪说好，豆豆妈也说好", "豆豆妈", "豆豆妈咪") == "〔姓名〕说好，〔姓名〕也说好"
    assert redact("like it", "li") == "like it"


def test_a_nickname_that_is_an_opinion_does_not_erase_opinions() -> None:
    assert redact("真的很满意", "很满意") == "真的很满意"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("山核桃收到发霉了", "山核桃收到发霉了"),
        ("手剥山核桃，你们买了吗", "手剥山核桃，你们买了吗"),
        ("@山核桃 你的到了吗", "@〔姓名〕 你的到了吗"),
        ("谢谢山核桃", "谢谢〔姓名〕"),
        ("山核桃姐说好吃", "〔姓名〕姐说好吃"),
        ("棉柔巾：好用；山核桃：壳太硬", "棉柔巾：好用；山核桃：壳太硬"),
        ("山核桃，您的到了", "〔姓名〕，您的到了"),
        ("很好吃——山核桃", "很好吃——〔姓名〕"),
        ("我是山核桃", "我是〔姓名〕"),
    ],
)
def test_a_nickname_that_is_a_word_of_a_title_is_redacted_where_a_person_is_meant(text: str, left: str) -> None:
    assert redact(text, "山核桃") == left


def test_a_nickname_that_many_use_as_a_word_is_redacted_where_a_person_is_meant() -> None:
    names = sort_names(["小雨"], ())
    for count, left in ((COMMON_TEXTS, "〔姓名〕天发货"), (COMMON_TEXTS + 1, "小雨天发货")):
        texts = redact_texts(pa.array(["小雨天发货"] * count + ["@小雨"]), names).to_pylist()
        assert texts == [left] * count + ["@〔姓名〕"]


def test_names_are_sorted_by_how_surely_a_person_is_meant() -> None:
    names = sort_names(["欧阳小花", " 王芳", "小雨", "山核桃", "质量好", "a", "123", "Lily"], TITLES)
    assert names == KnownNames(
        frozenset(["欧阳小花", "王芳"]), frozenset(["小雨", "Lily"]), frozenset(["山核桃", "质量好"])
    )
    assert names.for_stored() == KnownNames(names.full, frozenset(), names.nicknames | names.words)
    assert names.only(["王芳", "山核桃"]) == KnownNames(frozenset(["王芳"]), frozenset(), frozenset(["山核桃"]))


def test_nulls_and_order_are_kept() -> None:
    texts = pa.chunked_array([["好", None], ["13812345678"]], pa.string())
    assert redact_texts(texts, KnownNames()).to_pylist() == ["好", None, "〔电话〕"]
    assert redact_texts(pa.array([], pa.string()), sort_names(["小明"], ())).to_pylist() == []
