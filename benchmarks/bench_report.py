"""How large the report is, how long it takes to make, and how soon it can be used.

Run `python -m benchmarks.bench_report --home .demo [--agents 100000]` on a home in which a night has run. The home's
own report is measured first; then the same night with that many agents of twelve matches each.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.publishing import step
from xuanpin.pipelines.reporting.charts import draw
from xuanpin.pipelines.reporting.facts import AGENT_COLUMNS, ReportContent, read_content
from xuanpin.pipelines.reporting.page import render
from xuanpin.pipelines.reporting.workbook import write_report_workbook
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

MATCHES = 12
SEED = 7
# Time to interactive: the page's script has run to its end, so every button answers.
INTERACTIVE = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
OPEN_AGENT = """async (agent) => {
  const field = document.getElementById('agent');
  const began = performance.now();
  field.value = agent;
  field.dispatchEvent(new Event('input'));
  while (!document.querySelector('#agent-skus li')) await new Promise((done) => setTimeout(done, 5));
  return performance.now() - began;
}"""


def main() -> None:
    """Measure the home's own report, then one with many agents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--agents", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Home(Path(shutil.copytree(asked.home, Path(folder) / "home")))
        facts = _facts(root)
        _measure("the home", facts, Path(folder))
        _measure(f"{asked.agents:,} agents", _with_agents(facts, asked.agents), Path(folder))


def _facts(home: Home) -> ReportContent:
    as_of = date.fromisoformat(run_store.require_run(home).as_of_date)
    with open_night(RunRequest(as_of, home, None, Settings(), datetime.now(BEIJING))) as night:
        step.write(night)
        return read_content(night)


def _with_agents(facts: ReportContent, count: int) -> ReportContent:
    """The same night with this many agents; places on the list are drawn by a seed, popular SKUs more often."""
    rng = np.random.default_rng(SEED)
    ids = [f"A{number:07d}" for number in range(count)]
    model, slots = facts.agents.slice(0, 1), pa.array([MATCHES] * count, pa.int32())
    agents = {name: pa.array(model[name].to_pylist() * count, model.schema.field(name).type) for name in AGENT_COLUMNS}
    agents |= {"agent_id": pa.array(ids), "slots_asked": slots, "matches_given": slots}
    weight = 1 / np.arange(1, len(facts.listed) + 1) ** 0.5
    keys = rng.random((count, len(weight))) ** (1 / weight)
    places = np.argpartition(-keys, MATCHES, axis=1)[:, :MATCHES] + 1
    matches = {
        "agent_id": np.repeat(ids, MATCHES),
        "list_rank": places.ravel(),
        "reasons": pa.nulls(places.size, pa.list_(pa.string())),
    }
    return replace(facts, agents=pa.table(agents), matches=pa.table(matches))


def _measure(name: str, facts: ReportContent, folder: Path) -> None:
    began = time.perf_counter()
    page = folder / "report.html"
    page.write_text(render(facts, draw), encoding="utf-8")
    made = time.perf_counter() - began
    began = time.perf_counter()
    write_report_workbook(facts, folder / "report.xlsx")
    booked = time.perf_counter() - began
    book = (folder / "report.xlsx").stat().st_size / 1e6
    interactive, opened = _use(page, facts.agents["agent_id"][len(facts.agents) // 2].as_py())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name}: page {page.stat().st_size / 1e6:.2f} MB made in {made:.1f} s, usable after {interactive:.2f} s, "
        f"an agent's SKUs after {opened:.2f} s; workbook {book:.2f} MB made in {booked:.1f} s;"
        f" peak memory {memory:.0f} MB"
    )


def _use(page: Path, agent: str) -> tuple[float, float]:
    """Seconds until the page answers, and until one agent's SKUs are shown, in headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        opened = browser.new_page()
        opened.goto(page.as_uri())
        seconds = opened.evaluate(INTERACTIVE) / 1000, opened.evaluate(OPEN_AGENT, agent) / 1000
        browser.close()
    return seconds


if __name__ == "__main__":
    main()
