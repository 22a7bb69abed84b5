"""People of the desk: the file that holds them, their passwords, and the verbs that change them."""

from __future__ import annotations

import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from xuanpin.pipelines import cli
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk import passwords
from xuanpin.pipelines.desk.passwords import NOBODYS, is_password, parts, password_hash
from xuanpin.pipelines.desk.signed_out import has_signed_out, sign_out
from xuanpin.pipelines.desk.user_file import FILE, add_user, remove_user, users
from xuanpin.pipelines.errors import UsageError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home, in which passwords are hashed cheaply."""
    monkeypatch.setattr("xuanpin.pipelines.desk.user_file.password_hash", lambda text: password_hash(text, 2))
    (tmp_path / "home").mkdir()
    return Home(tmp_path / "home")


def test_a_password_is_kept_as_a_hash_with_a_salt_and_the_parameters_of_its_day() -> None:
    kept, again = password_hash("correct horse", 2), password_hash("correct horse", 2)
    assert kept != again
    assert "correct horse" not in kept
    assert kept.startswith("scrypt:2:8:3:")
    assert is_password("correct horse", kept)
    assert not is_password("correct horses", kept)


def test_nobody_has_the_password_of_nobody_and_it_costs_as_much() -> None:
    assert parts(NOBODYS)[0] == passwords.COST
    assert not is_password("", NOBODYS)


@pytest.mark.parametrize(
    "kept",
    ["", "scrypt:2:8:3:00", "md5:2:8:3:00:00", "scrypt:3:8:3:00:00", "scrypt:1048576:8:3:00:00", "scrypt:2:8:1::"],
)
def test_a_hash_of_another_kind_is_no_password(kept: str) -> None:
    with pytest.raises(ValueError):
        parts(kept)


def test_people_are_read_as_they_were_written(home: Home) -> None:
    assert users(home) == {}
    assert add_user(home, '王"敏\\', "approver", "correct horse")
    assert add_user(home, "李雷", "viewer", "correct horse")
    assert not add_user(home, "李雷", "operator", "correct horse")
    assert {user.name: user.role for user in users(home).values()} == {'王"敏\\': "approver", "李雷": "operator"}
    assert stat.S_IMODE((home.desk / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(home.desk.stat().st_mode) == 0o700
    remove_user(home, "李雷")
    assert set(users(home)) == {'王"敏\\'}


@pytest.mark.parametrize(
    ("name", "role", "password", "said"),
    [
        ("王敏", "king", "correct horse", "there is no role 'king'"),
        ("王敏", "aprover", "correct horse", "did you mean approver"),
        ("王敏", "viewer", "short", "10 to 200 characters; 5 were given"),
        ("\u200b ", "viewer", "correct horse", "1 to 64 characters"),
        ("王" * 65, "viewer", "correct horse", "1 to 64 characters"),
        ("ＬＩＬＥＩ", "viewer", "correct horse", "looks like 'lilei'"),
    ],
)
def test_a_wrong_entry_is_refused_and_changes_nothing(
    home: Home, name: str, role: str, password: str, said: str
) -> None:
    add_user(home, "lilei", "viewer", "correct horse")
    before = (home.desk / FILE).read_bytes()
    with pytest.raises(UsageError, match=said) as refused:
        add_user(home, name, role, password)
    assert password not in str(refused.value)
    assert (home.desk / FILE).read_bytes() == before


def test_nobody_is_removed_by_a_wrong_name(home: Home) -> None:
    add_user(home, "lilei", "viewer", "correct horse")
    with pytest.raises(UsageError, match="did you mean lilei"):
        remove_user(home, "lilej")


@pytest.mark.parametrize(
    "text",
    [
        "user = 3",
        "[[user]]\nname = 'a'\n",
        "[[user]]\nname = 'a'\nrole = 'king'\npassword = 'x'\n",
        "[[user]]\nname = 'a'\nrole = 'viewer'\npassword = 'plain'\n",
        "\x00",
        "[[user]]\nname = 'a'\nrole = 'viewer'\npassword = 'scrypt:2:8:3:00:00'\nmore = 1\n",
    ],
)
def test_a_file_that_is_not_ours_is_refused_whole(home: Home, text: str) -> None:
    home.desk.mkdir(mode=0o700)
    (home.desk / FILE).touch(mode=0o600)
    (home.desk / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"users\.toml is damaged"):
        users(home)


def test_a_file_that_others_may_read_is_refused(home: Home) -> None:
    add_user(home, "lilei", "viewer", "correct horse")
    (home.desk / FILE).chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        users(home)


def test_the_verbs_add_list_and_remove_people(home: Home) -> None:
    place = ["--home", str(home.root)]
    asked = CliRunner().invoke(app, ["users", "add", "王敏", "--role", "approver", *place], "correct horse\n" * 2)
    assert asked.output.endswith("王敏: added, approver\n")
    assert "correct horse" not in asked.output
    piped = ["users", "add", "王敏", "--role", "viewer", "--password-stdin", *place]
    assert CliRunner().invoke(app, piped, "correct horse\n").output == "王敏: changed, viewer\n"
    assert CliRunner().invoke(app, ["users", "list", *place]).output == "王敏: viewer\n"
    assert CliRunner().invoke(app, ["users", "remove", "王敏", *place]).output == "王敏: removed\n"
    assert CliRunner().invoke(app, ["users", "list", *place]).output == "nobody yet\n"


def test_passwords_that_differ_change_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["xuanpin", "users", "add", "a", "--role", "viewer", "--home", str(home.root)])
    typed = iter(["correct horse", "battery staple"])
    monkeypatch.setattr("typer.prompt", lambda text, hide_input: next(typed) if hide_input else "")
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert "the two passwords differ" in capsys.readouterr().err
    assert users(home) == {}


def test_people_who_are_added_at_once_are_all_there(home: Home) -> None:
    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(lambda number: add_user(home, f"person {number}", "viewer", "correct horse"), range(12)))
    assert added == [True] * 12
    assert len(users(home)) == 12


def test_a_long_list_of_sessions_that_were_signed_out_of_loses_those_that_have_ended(home: Home) -> None:
    lines = [f"old{number:05d} 99\n" for number in range(8_000)]
    home.desk.mkdir()
    (home.desk / "signed_out.txt").write_text("".join([*lines, "open 200\n", "cu"]), encoding="ascii")
    assert has_signed_out(home, "old00000")
    sign_out(home, "mine", until=300, now=100)
    assert (home.desk / "signed_out.txt").read_text(encoding="ascii") == "open 200\nmine 300\n"
    assert [has_signed_out(home, name) for name in ("open", "mine", "old00000", "cu")] == [True, True, False, False]
