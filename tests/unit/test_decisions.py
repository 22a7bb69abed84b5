"""Decision records are numbered without a hole, have one form, and the index names each with its title and status."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("0*.md"))
SECTIONS = ["Context", "Decision", "Tried and lost", "Consequences"]
A_PAGE = 60  # lines


def test_numbers_have_no_hole() -> None:
    assert len(RECORDS) >= 12
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_one_form_and_stands_in_the_index(record: Path) -> None:
    lines = record.read_text(encoding="utf-8").splitlines()
    heading = re.fullmatch(r"# (\d+)\. (.+)", lines[0])
    assert heading is not None
    number, title = heading.groups()
    assert int(number) == int(record.name[:4])
    assert re.fullmatch(r"(Accepted|Replaced by \[\d+\]\(.+\)) · \d{4}-\d\d-\d\d( \(\d+\.\d+\.\d+\))?", lines[2])
    assert [line[3:] for line in lines if line.startswith("## ")] == SECTIONS
    assert len(lines) <= A_PAGE
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"| [{number}]({record.name}) | {title} | {lines[2]} |" in index


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.md")), ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert (FOLDER / target).exists(), f"{page.name} links to {target}"
