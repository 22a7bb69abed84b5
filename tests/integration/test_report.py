"""The report as it is read: in a browser without a network, and in a spreadsheet."""

import re
import shutil
import subprocess

import openpyxl
import pytest

from pipelines import shelf

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --virtual-time-budget=3000 --enable-logging=stderr --dump-dom"
)


@pytest.fixture(scope="module")
def folder(published):
    return shelf.run_folder(published, shelf.require_run(published))


@pytest.fixture(scope="module")
def browse(tmp_path_factory):
    """A function that opens a page in headless Chromium and gives the finished document and what it complained of."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed; it is Debian's package chromium")

    def opened(page) -> tuple[str, str]:
        profile = tmp_path_factory.mktemp("chromium")
        command = [program, *FLAGS.split(), f"--user-data-dir={profile}", page.as_uri()]
        said = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
        return said.stdout, said.stderr

    return opened


def with_script(page, script, tmp_path):
    """The page with a reader's actions added at its end."""
    acted = tmp_path / "acted.html"
    html = page.read_text(encoding="utf-8")
    acted.write_text(html.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    return acted


def test_the_page_opens_without_a_complaint_and_loads_nothing(folder, browse):
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert len(html.encode()) < 3_000_000
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', html) == []
    assert "url(" not in html
    document, complaints = browse(folder / "report.html")
    assert "CONSOLE" not in complaints
    assert '<tr data-role="' in document


def test_the_reader_can_sort_filter_search_and_change_the_language(folder, browse, tmp_path):
    script = """
    document.documentElement.lang = "zh-CN";
    document.getElementById("language").click();
    document.querySelectorAll("#goods th button")[2].click();
    const rows = () => [...document.querySelectorAll("#goods tbody tr")];
    const prices = rows().map((row) => Number(row.cells[2].dataset.value));
    const sorted = prices.every((price, place) => place === 0 || prices[place - 1] <= price);
    const wanted = rows()[0].cells[1].querySelector(".small").textContent.split(" ")[0];
    const find = document.getElementById("find");
    find.value = wanted; find.dispatchEvent(new Event("input"));
    const left = rows().filter((row) => !row.hidden).length;
    const agent = document.getElementById("agent");
    agent.value = Object.keys(JSON.parse(document.getElementById("agent-data").textContent).agents)[0];
    agent.dispatchEvent(new Event("input"));
    const goods = document.querySelectorAll("#agent-goods li").length;
    document.title = JSON.stringify({language: document.documentElement.lang, sorted, left, goods});
    """
    document, complaints = browse(with_script(folder / "report.html", script, tmp_path))
    assert "CONSOLE" not in complaints
    title = re.search("<title>(.*?)</title>", document).group(1)
    assert '"language":"en"' in title
    assert '"sorted":true' in title
    assert '"left":1,' in title
    assert '"goods":0' not in title


def test_the_workbook_has_the_list_as_published(published, folder):
    book = openpyxl.load_workbook(folder / "report.xlsx")
    listed = shelf.read_table(published, shelf.require_run(published), "sku_list").sort_by("list_rank")
    rows = list(book["今日清单 list"].values)
    place = rows[0].index("sku_id")
    assert [row[place] for row in rows[1:]] == listed["sku_id"].to_pylist()


def test_no_customer_and_no_phone_reaches_the_page(published, folder, platform):
    import pyarrow.parquet as pq

    html = (folder / "report.html").read_text(encoding="utf-8")
    orders = [pq.read_table(path) for path in sorted((platform.sources / "orders").glob("*.parquet"))]
    names = {name for table in orders for name in table["customer_name"].to_pylist() if name and len(name) > 1}
    customers = {key for table in orders for key in table["customer_id"].to_pylist() if key}
    assert names
    assert not [customer for customer in customers if customer in html]
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", html)
    assert not [name for name in names if f">{name}" in html]
