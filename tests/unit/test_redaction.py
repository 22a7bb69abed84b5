"""Personal data leaves a text; prices, dates, order numbers and opinions stay."""

import pyarrow as pa
import pytest

from xuanpin.models.text.redaction import redact_texts


def redact(text: str, *names: str) -> str:
    return str(redact_texts(pa.array([text]), names)[0].as_py())


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
    ],
)
def test_personal_data_is_replaced(text: str, left: str) -> None:
    assert redact(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "订单1381234567890123收到",
        "价格3199 用了5天 500g 2026-11-22 12:30",
        "超市3号到货",
        "联系客服了",
        "明天20号发货到市区",
    ],
)
def test_what_is_not_personal_stays(text: str) -> None:
    assert redact(text) == text


def test_known_names_are_matched_whole_and_longest_first() -> None:
    assert redact("小糊涂仙儿说好，小糊涂也说好", "小糊涂", "小糊涂仙儿") == "〔姓名〕说好，〔姓名〕也说好"
    assert redact("like it", "li") == "like it"


def test_a_nickname_that_is_an_opinion_does_not_erase_opinions() -> None:
    assert redact("真的很满意", "很满意") == "真的很满意"


def test_nulls_and_order_are_kept() -> None:
    texts = pa.chunked_array([["好", None], ["13812345678"]], pa.string())
    assert redact_texts(texts, []).to_pylist() == ["好", None, "〔电话〕"]
    assert redact_texts(pa.array([], pa.string()), ["小明"]).to_pylist() == []
