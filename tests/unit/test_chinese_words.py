"""One Chinese word a thing, that of GLOSSARY.md, in every text, contract and page that Chinese readers see."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OTHER_WORDS = {
    # A proxy is a 代理 too: in settings, where the desk listens, and in what it refuses.
    r"(?<!可信)(?<!前面放)(?<!前面的)(?<!https 的)(?<!（)代理(?!地址|服务)": "团长",
    "禁售|封禁": "下架",
    "钉选|钉住": "置顶",
    "主目录|部署目录": "数据目录",
    "预警": "警报",
    "回退": "沿用",
    "调货|换货品": "换品",
}
"""A pattern of words that other programs use, and the word that this one uses."""
FILES = [
    ROOT / "README.zh.md",
    *sorted((ROOT / "docs" / "zh").glob("*.md")),
    *(path for room in ("pipelines", "data_contracts") for path in sorted((ROOT / room).rglob("*.yaml"))),
]


def other_words(text: str) -> list[str]:
    """What to write instead of other words in `text`: "preferred for used"."""
    return [f"{word} for {used}" for pattern, word in OTHER_WORDS.items() for used in re.findall(pattern, text)]


def test_a_thing_has_one_chinese_word() -> None:
    found = {str(path.relative_to(ROOT)): other_words(path.read_text(encoding="utf-8")) for path in FILES}
    assert len(found) > 50
    assert {name: words for name, words in found.items() if words} == {}


def test_other_words_are_found_and_proxies_are_no_agents() -> None:
    assert other_words("把它禁售，代理会收到预警") == ["团长 for 代理", "下架 for 禁售", "警报 for 预警"]
    assert other_words("可信代理；团长（代理）；前面放代理") == []
