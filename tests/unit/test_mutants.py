"""The list of small wrong changes stays true, and the tool that applies them says what it should."""

from pathlib import Path

import pytest

from tools import mutants
from tools.mutants import BROKEN, KILLED, ROOT, STALE, SURVIVED, Mutant, Result, judge, load_mutants, report

ALL = load_mutants()


@pytest.mark.parametrize("mutant", ALL, ids=[mutant.id for mutant in ALL])
def test_every_change_still_fits_its_file_and_names_tests_that_exist(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1
    assert mutant.new != mutant.old and mutant.why and mutant.tests
    for test in mutant.tests:
        path, _, function = test.partition("::")
        assert f"def {function.partition('[')[0]}" in (ROOT / path).read_text(encoding="utf-8")


def test_the_list_is_long_enough_and_reaches_every_room() -> None:
    rooms = {"/".join(Path(mutant.file).parts[:2]) for mutant in ALL}
    assert len(ALL) >= 60
    assert {"models/assortment", "sql/intermediate", "sql/marts", "sql/staging"} <= rooms


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "sums.py").write_text("def total(a, b):\n    return a + b\n", encoding="utf-8")
    (tmp_path / "test_sums.py").write_text(
        "from sums import total\n\ndef test_total():\n    assert total(2, 0) == 2\n", encoding="utf-8"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "tests", "verdict"),
    [
        ("a + b", "a * b", "test_sums.py", KILLED),
        ("a + b", "a - b", "test_sums.py", SURVIVED),
        ("a / b", "a - b", "test_sums.py", STALE),
        ("a", "c", "test_sums.py", STALE),
        ("a + b", "a * b", "test_gone.py", BROKEN),
        ("a + b", "a +", "test_sums.py", BROKEN),
    ],
)
def test_a_change_is_judged_and_taken_back(tree: Path, old: str, new: str, tests: str, verdict: str) -> None:
    before = (tree / "sums.py").read_bytes()
    assert judge(tree, Mutant("sum", "sums.py", old, new, "sums are wrong", (tests,))).verdict == verdict
    assert (tree / "sums.py").read_bytes() == before


def test_a_file_that_is_gone_makes_its_change_stale(tree: Path) -> None:
    assert judge(tree, Mutant("gone", "gone.py", "a", "b", "why", ("test_sums.py",))).verdict == STALE


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([KILLED] * 19 + [SURVIVED], 0),
        ([KILLED] * 18 + [SURVIVED] * 2, 1),
        ([KILLED] * 19 + [STALE], 1),
        ([KILLED] * 19 + [BROKEN], 1),
    ],
)
def test_enough_changes_must_die_and_all_must_be_judged(
    verdicts: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = [Mutant(str(number), "a.py", "a", "b", "why", ("t.py",)) for number in range(len(verdicts))]
    results = [Result(change, verdict, 1.0) for change, verdict in zip(changes, verdicts, strict=True)]
    assert report(results) == code
    assert f"{verdicts.count(KILLED)} killed" in capsys.readouterr().out


def test_two_changes_of_one_name_are_refused(tmp_path: Path) -> None:
    entry = '[[mutant]]\nid = "a"\nfile = "f"\nold = "o"\nnew = "n"\nwhy = "w"\ntests = ["t"]\n'
    (tmp_path / "twice.toml").write_text(entry * 2, encoding="utf-8")
    with pytest.raises(ValueError, match="more than one change named a"):
        load_mutants(tmp_path / "twice.toml")


def test_the_changes_can_be_named_without_being_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(ALL)
    assert mutants.main(["--only", "no such change"]) == 1
