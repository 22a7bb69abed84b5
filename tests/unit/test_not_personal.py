"""What looks like personal data and is none: prices, sizes, days, models, amounts, products and phrases stay."""

import pyarrow as pa
import pytest

from xuanpin.models.text.names import KnownNames
from xuanpin.models.text.redaction import redact_labels, redact_texts

FIGURES = """iPhone15 Pro Max 256G
100ml*3瓶装 买二送一
2026.11.20发货，2026-11-22 12:30到
2026-11-20 10:00:00 至 2026-11-21 23:59:59
500g*2 1.5kg 350ml×6罐
原价199-159-129-99，今天139.9
尺码155/160/165/170/175都有
155、160、165、170
159,1699,1999
1.2.3.4 四款都可以
版本 1.0.2.13
第1234567890件
条码6901234567892
货号100-200-300
型号 WH-1000XM5，SM-S9280
华为P60 小米14 Mate60 RTX4090 i7-13700K
商品编号3726830 差评
400-820-8820 打客服
满199减100，满299减150，满399减200
12.9 19.9 29.9 39.9 49.9 59.9
3-5天到，7-15天退
20261120 20261120123000
转账500元 微信支付100元
微信付款19800元
QQ糖500克 qq糖
VC 1000mg VE 400iu B12
XXL XL 2XL 3XL 4XL
一二三四五六七 七上八下
一一二二三三四四
1、苹果 2、香蕉 3、橙子 4、葡萄 5、西瓜 6、桃子 7、梨
接龙 1. 小雨 2份 2. 花花 1份 3. 糖糖 3份
+1 +2 +3 我要
ip67防水 IPX8
20号前发 11月20号到 20楼
9.9包邮 19.9两份 29.9三份
第二件0.01元
SPF50+ PA++++
香奈儿No.5 Block 3 色
3层抽纸 一路三层包装
A4纸 70g 500张/包 5包/箱
23:59:59截止 00:00开抢
37.5度恒温 36.5-37.2
尺寸30*40*50cm 120x200cm""".splitlines()
WORDS = """康师傅红烧牛肉面
温哥华冰酒 安哥拉兔毛
安装师傅态度很好
语文老师推荐的
谢谢老板 祝老板生意兴隆
谢谢大家 谢谢阿姨
牛奶奶香浓
毛爷爷两张
还钱妈呀
我是老客户 我是第一次买
我是在群里看到的 我是新手
我是温州的
我叫客服处理
叫我失望 居然叫我不要装
客户：您好
地址是没法修改的哦
联系客服了 联系人不对
收件人信息不对
名字叫什么
高老庄猪肉脯
小米粥 小黄鸭 老陈醋 小汤圆 老黄酒
可口·可乐 巧乐兹·绮炫
圣罗兰 欧莱雅
黄金 黄牛 白茶 金桔
方便面 安全裤 文胸
@所有人 今晚八点开团
好吃！@就是贵了点
Good Morning 大家
Made in China, Best Quality
苹果手机 Apple Watch Ultra
王老吉 李锦记 张小泉 周黑鸭 徐福记
江苏的大米 山东的苹果
生日蛋糕 生日快乐
京A 沪B 川渝火锅
新K50 云南白药 贵州茅台
这个牌子https很安全
楼上的说得对 一楼 二楼女装
3号链接 5号链接 1号色""".splitlines()


def texts(redacted: pa.Array) -> list[str]:
    return [str(text) for text in redacted.to_pylist()]


@pytest.mark.parametrize("text", FIGURES + WORDS)
def test_what_is_not_personal_stays(text: str) -> None:
    assert texts(redact_texts(pa.array([text]), KnownNames())) == [text]


def test_titles_keep_names_models_and_amounts() -> None:
    kept = [
        *FIGURES,
        *WORDS,
        "张小姐的店 手工皂",
        "阿依古丽·烤馕",
        "WX5000A洗衣机",
        "杭州市西湖区龙井村1号茶",
        "订单123456 返现卡",
    ]
    assert texts(redact_labels(pa.array(kept))) == kept
