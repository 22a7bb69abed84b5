"""Every text that a page of the desk names is there in both languages, and none lies about unused."""

import re
from pathlib import Path

from xuanpin.pipelines.desk.texts import texts

DESK = Path(__file__).resolve().parents[2] / "pipelines" / "desk"
NAMED = re.compile(r"""\bt\(\s*["']([a-z0-9_]+)["']\s*[,)]""")
CHINESE = re.compile("[\u4e00-\u9fff]")


def sources(*kinds: str) -> str:
    return "\n".join(
        path.read_text(encoding="utf-8") for kind in kinds for path in sorted(DESK.rglob(f"*.{kind}")) if path.is_file()
    )


def test_every_text_that_a_template_names_is_there() -> None:
    named = set(NAMED.findall(sources("j2")))
    assert len(named) > 100
    assert named - texts().keys() == set()


def test_no_text_lies_about_unused() -> None:
    said = sources("j2", "py")
    begun = tuple(set(re.findall(r"""["']([a-z0-9_]+_)["'{]""", said)))
    unused = {key for key in texts() if f'"{key}"' not in said and f"'{key}'" not in said and not key.startswith(begun)}
    assert unused == set()


def test_a_text_has_both_languages_and_mixes_none() -> None:
    for key, wording in texts().items():
        assert wording.keys() == {"zh", "en"}, key
        assert not CHINESE.search(wording["en"]) or key == "other_language", key
        assert set(re.findall(r"\{(\w+)", wording["zh"])) == set(re.findall(r"\{(\w+)", wording["en"])), key
