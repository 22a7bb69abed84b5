"""Codes by which agents answer: the same each time, of nobody else, and from a key that is private."""

import stat
from pathlib import Path

import pytest

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.outbox.codes import KEY_FILE, answer_code, answer_key, message_id, typed_code

KEY = bytes(range(32))
MATCH = ("2026-11-22", "A1", "S1")


def test_a_code_is_known_again_and_differs_by_everything() -> None:
    code = answer_code(KEY, MATCH)
    assert code == "LFKOFSU2OBO5"
    others = [("2026-11-23", "A1", "S1"), ("2026-11-22", "A2", "S1"), ("2026-11-22", "A1", "S2")]
    others += [("2026-11-22", "A", "1S1"), ("2026-11-22", "A1S", "1")]
    codes = {answer_code(KEY, other) for other in others} | {code, answer_code(KEY[::-1], MATCH)}
    assert len(codes) == 7
    assert message_id(KEY, *MATCH) not in code
    assert typed_code(f" {code[:4].lower()} {code[4:]}") == code


def test_a_home_makes_its_key_once_and_keeps_it_private(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "keys").mkdir(mode=0o700)
    key = answer_key(home)
    assert len(key) == 32
    assert answer_key(home) == key
    assert stat.S_IMODE((home.keys / KEY_FILE).stat().st_mode) == 0o600
    (home.keys / KEY_FILE).unlink()
    assert answer_key(home) != key


@pytest.mark.parametrize("content", ["", "no hexadecimal digits", "00" * 31, "00" * 33])
def test_a_broken_key_is_named_and_not_used(tmp_path: Path, content: str) -> None:
    home = Home(tmp_path)
    home.keys.mkdir()
    (home.keys / KEY_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"answers.key does not hold 64 hexadecimal digits; restore it"):
        answer_key(home)
