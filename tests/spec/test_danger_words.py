"""Which words report a danger to people: heard in a writer's own report, not in denials, fears, questions or slang."""

from contextlib import closing

import pytest

from xuanpin.models.text.lexicon.message_patterns import load_message_patterns
from xuanpin.pipelines.engine import open_memory

HEARD = """
插上就冒烟了 / 充电宝用着用着冒烟，吓死我了 / 插上就冒煙了 / 昨天充电的时候着火了 / 充電著火了 / 半夜突然起火了
电池自燃 / 充电宝爆炸了 / 高压锅突然炸了 / 玻璃杯倒热水炸裂 / 这壶漏电 / 碰一下就触电 / 洗澡的时候被电了一下
充电线一插就短路 / 漏電了 / 电池鼓包了 / 插头烧焦了 / 充电器有焦糊味 / 孩子用了起红疹 / 脸上长了一片疹子
用了两天全身起疹子 / 用了過敏了 / 擦了过敏 / 不知道为什么过敏了 / 皮肤对这个过敏 / 我烂脸了 / 臉爛了，敷完爛臉
嘴唇肿了 / 里面有异物 / 牛奶裡有異物 / 吃出一根铁丝 / 吃到玻璃了 / 肉松里面有铁丝 / 喝出虫子 / 米里有老鼠屎
毛衣里面夹着一根断针 / 玩偶裡面有針頭 / 咬到一块塑料 / 一家人上吐下泻 / 食物中毒了 / 吃了拉肚子 / 喝完一直呕吐
送医院了 / 孩子吃了进了急诊 / 吃完去了医院 / 大人小孩吃完都上了醫院 / 宝宝手被划伤了 / 划伤了宝宝的脸 / 孩子呛到了
宝宝把扣子吞下去了 / 寶寶嗆到了 / 娃差点窒息 / 女儿玩的时候夹到了 / 把手划破了 / 宝宝拉肚子了 / 吃坏肚子了
插座冒火花 / 这是不是过敏了 / 脸都红肿 / 孩子误食了 / 奶奶摔伤了 / 舌头被割破了 / 发霉的，给宝宝吃的啊
宝宝吃的米粉发霉了 / 孩子的奶粉都过期了 / 吃完呼吸困难 / 喘不上气 / 刚收到还没用，盒子里有碎玻璃 / 太可怕了冒烟了
没用几天就冒烟 / 没想到冒烟了 / 冒烟了怎么办 / 冒烟了能退吗 / 以为不会冒烟，结果冒烟了 / 不到一天就漏电 / 不过过敏了
+1 我的也冒烟了 / 上次没抢到，这次买的冒烟了 / 别人家都没事，我的冒烟了 / 有没有搞错居然冒烟 / 用了两次就冒黑烟
摸上去有电 / 用了脸上起疹 / 吃完住院了 / 线都烧化了 / 水壶炸裂了 / 刀片在里面 / 有根针扎到了 / 嘴巴肿起来了
跟楼上一样，冒烟了 / 孩子吃了呕吐发烧 / 在学校喝了过敏了
"""
OVERHEARD = """
会不会过敏 / 會不會過敏？ / 怕过敏 / 有点怕过敏先不买 / 不过敏 / 用了不过敏 / 完全沒有過敏 / 没有异物 / 没有吃出异物
不会漏电 / 从没漏电过 / 没起红疹 / 对芒果过敏的别买 / 我对芒果过敏 / 過敏體質能用嗎 / 过敏的人慎买
上次别家的充电宝冒烟 / 去年在别的群买的充电宝冒烟了 / 隔壁群的吃了拉肚子 / 新闻里说充电宝爆炸 / 听说会漏电
据说吃了过敏 / 要是冒烟怎么办 / 万一漏电呢 / 担心宝宝呛到 / 如果过敏给退吗 / 过敏可以退吗 / 会漏电吗 / 会爆炸吗？
有人过敏吗 / 有没有人用了过敏的 / 谁用了过敏？ / 过敏不？ / 防漏电的 / 抗过敏 / 防止孩子烫伤 / 敏感肌容易过敏
我从小过敏 / 换季过敏 / 用完过敏好了 / 改善过敏 / 嗓子冒烟了来一箱 / 急得冒烟 / 煮着火锅吃 / 一起火锅 / 夹着火腿
好吃到爆炸 / 颜值爆炸 / 口感爆炸好 / 爆炸好吃 / 群里爆炸了 / 我要爆炸了 / 爆炸头 / 虫草花很香 / 吃到金针菇
眼睛有异物感 / 好吃到中毒 / 像中毒一样天天吃 / 吃多了拉肚子 / 买给送医院的同事 / 急诊医生推荐的 / 屏幕划伤了
划伤手机屏 / 手机屏幕划破 / 杯子碎了 / 樱桃有虫眼 / 有根头发 / 宝宝很喜欢，没有发霉 / 孩子吃了不呛 / 发霉了
味道不好 / 上火了 / 脑子短路下错单 / 冒烟的话能退吗 / 不是过敏 / 带漏电保护 / 小心漏电 / 注意别烫伤孩子 / 辣到冒烟
油冒烟再放 / 着火了一样辣 / 朋友说吃了会拉肚子 / 中毒了一样天天想吃 / 车着火堵路上
"""


def cases(text: str) -> list[str]:
    return [case for line in text.strip().splitlines() for case in line.split(" / ")]


@pytest.fixture(scope="module")
def heard() -> set[str]:
    """Those of all texts that report a danger, asked in one statement: the patterns are long."""
    patterns = load_message_patterns()
    asked = (
        "select text from (select unnest($texts) as text) as t "
        "where regexp_matches(regexp_replace(text, $harmless, ' ', 'g'), $danger)"
    )
    texts = [*cases(HEARD), *cases(OVERHEARD)]
    with closing(open_memory()) as engine:
        found = engine.query(asked, texts=texts, harmless=patterns.harmless, danger=patterns.danger)
    return set(found["text"].to_pylist())


@pytest.mark.parametrize("text", cases(HEARD))
def test_a_report_of_danger_is_heard(heard: set[str], text: str) -> None:
    assert text in heard


@pytest.mark.parametrize("text", cases(OVERHEARD))
def test_denials_fears_questions_other_shops_and_slang_report_no_danger(heard: set[str], text: str) -> None:
    assert text not in heard
