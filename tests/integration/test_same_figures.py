"""The same name is the same number, wherever a night shows it: report, workbook, review, plan, status, brakes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import openpyxl
import pytest

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.explain import status_facts
from xuanpin.pipelines.explained.review import review_summary
from xuanpin.pipelines.figures import figure_rows, published_reader, run_figures
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.home import plan_of
from xuanpin.pipelines.planning.words import plan_text
from xuanpin.pipelines.reporting.alarms import published_alarms
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import in_language

Named = Iterator[tuple[str, str]]
"""Names of figures, each with its figure as it is written."""
NUMBER = re.compile(r"-?[\d,]+(?:\.\d+)?(?: ?%)?")
TAGS = re.compile(r"<[^>]+>")


def read(figure: str) -> tuple[float, float]:
    """The first number of a written figure, and half of its last place."""
    found = NUMBER.search(figure)
    assert found, figure
    written = found.group().replace(",", "")
    number = written.rstrip("% ")
    unit = (0.01 if written.endswith("%") else 1.0) * 10.0 ** -len(number.partition(".")[2])
    return float(number) * (0.01 if written.endswith("%") else 1.0), unit / 2


def in_report(home: Home, language: Language) -> Named:
    html = (run_store.run_folder(home, run_store.require_run(home)) / "report.html").read_text(encoding="utf-8")
    named = re.findall(r'<span lang="zh-CN">([^<]*)</span><span lang="en">([^<]*)</span>(?:</span>)? ?'
                       r'<(?:b|span) data-figure="\w+">([^<]*)<', html)  # fmt: skip
    assert len(named) >= 10
    yield from ((zh if language == "zh" else en, figure) for zh, en, figure in named)


def in_workbook(home: Home, language: Language) -> Named:
    path = run_store.run_folder(home, run_store.require_run(home)) / "report.xlsx"
    for zh, en, figure in list(openpyxl.load_workbook(path)["摘要 summary"].values)[2:]:
        if isinstance(figure, (int, float)):
            yield str(zh if language == "zh" else en), f"{figure:.6f}"


def in_review(home: Home, language: Language) -> Named:
    run = run_store.require_run(home)
    text = in_language(review_summary(home, date.fromisoformat(run.list_date)), language)
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 2 and NUMBER.match(cells[1]):
            yield cells[0], cells[1]


def in_plan(home: Home, language: Language) -> Named:
    for line in plan_text(plan_of(home, None, Draft()), language).splitlines():
        name, mark, figure = line.partition("：" if language == "zh" else ": ")
        if mark and NUMBER.match(figure):
            yield name, figure


OUTPUTS = {"report": in_report, "workbook": in_workbook, "review": in_review, "plan": in_plan}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_same_name_is_the_same_number_in_every_output(golden_home: Home, language: Language) -> None:
    shown: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for output, figures in OUTPUTS.items():
        for name, figure in figures(golden_home, language):
            shown[name][output].append(figure)
    compared = {name: found for name, found in shown.items() if len(found) > 1}
    assert len(compared) >= 12 and any(len(found) == 4 for found in compared.values())
    for name, found in compared.items():
        numbers = [read(figure) for figures in found.values() for figure in figures]
        (first, half), *others = numbers
        assert all(abs(first - other) <= half + its + 1e-9 for other, its in others), (name, dict(found))


def test_status_and_brakes_say_what_the_figures_say(golden_home: Home) -> None:
    run = run_store.require_run(golden_home)
    figures = run_figures(published_reader(golden_home, run), len(published_alarms(golden_home, run)))
    status = status_facts(golden_home, None, Settings())
    counts = status["row_counts"]
    assert (counts["sku_list"], counts["sku_scorecard"]) == (figures.listed, figures.candidates)
    assert (counts["agent_summary"], counts["agent_matches"]) == (figures.agents, figures.matches)
    assert (status["checks"], len(status["checks_not_passed"])) == (
        figures.checks,
        figures.checks - figures.checks_passed,
    )
    assert status["promise_bound"] == pytest.approx(figures.promise_bound)
    quality = run_store.read_table(golden_home, run, "run_quality").to_pylist()
    brakes = {row["check_name"].removeprefix("brakes."): row["value"] for row in quality}
    assert brakes["satisfaction"] == pytest.approx(figures.satisfaction, abs=1e-6)
    assert brakes["matches_per_agent"] == pytest.approx(figures.matches / figures.agents, abs=1e-6)
    assert brakes["unmatched_skus"] == pytest.approx(figures.unmatched / figures.listed, abs=1e-6)


def test_what_a_night_promised_is_what_the_next_night_says_it_promised(published: Home) -> None:
    earlier, latest = run_store.current_runs(published)
    figures = run_figures(published_reader(published, earlier), 0)
    promised = dict(figure_rows(figures, "en"))["Expected kept units of the matches"]
    html = (run_store.run_folder(published, latest) / "report.html").read_text(encoding="utf-8")
    row = html[html.index(f'<th scope="row">{earlier.list_date}') :].split("</tr>")[0]
    assert [TAGS.sub("", cell) for cell in re.findall(r"<td[^>]*>.*?</td>", row)][1] == promised
