"""The report as it is read: in a browser without a network, by a keyboard and a screen reader, and in a spreadsheet."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize

from tests.conftest import Platform
from tests.support.chromium import accessibility_faults, chromium
from tests.support.one_language import BUTTONS, mixed, spans
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
NARROW_TEXTS = """[...document.querySelectorAll(".wide :is(td, th)")]
    .filter(cell => cell.innerText.trim().length > 6 && cell.clientWidth < 70 && cell.checkVisibility())
    .filter(cell => !cell.closest("thead")).map(cell => cell.innerText)"""


@pytest.fixture(scope="module")
def folder(published: Home) -> Path:
    return run_store.run_folder(published, run_store.require_run(published))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@dataclass
class Reader:
    """Opens the report anew at each call, and keeps its console's complaints and what it asked for."""

    browser: Browser
    address: str
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __call__(self, locale: str = "zh-CN", viewport: ViewportSize = DESKTOP) -> Page:
        self.contexts.append(self.browser.new_context(locale=locale, viewport=viewport))
        page = self.contexts[-1].new_page()
        page.on("console", lambda said: self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(self.address)
        return page


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Iterator[Reader]:
    """A reader of the report whose windows are closed at the end."""
    reader = Reader(browser, (folder / "report.html").as_uri())
    yield reader
    for context in reader.contexts:
        context.close()


def shown_rows(page: Page) -> Locator:
    return page.locator("#skus tbody tr:visible")


def test_the_page_opens_without_a_complaint_and_loads_nothing(folder: Path, opened: Reader) -> None:
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert len(html.encode()) < 3_000_000
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', html) == []
    assert "url(" not in html
    page = opened()
    page.get_by_role("button", name="English").click()
    page.locator("#agent").focus()
    page.wait_for_function("document.getElementById('agent-ids').options.length > 0")
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []


HOSTILE = (
    "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\"> <!-- {{ 7*7 }}"
    f"{chr(0x2028)}</title></style>"
)
PLANTED = """<script>document.title = 'taken'</script><img src="http://127.0.0.1:9/seen.png">
<style>body { display: none }</style><base href="http://127.0.0.1:9/">"""


def test_what_gets_into_a_page_runs_and_loads_nothing(folder: Path, browser: Browser, tmp_path: Path) -> None:
    html = (folder / "report.html").read_text(encoding="utf-8")
    planted = tmp_path / "report.html"
    planted.write_text(html.replace("</main>", f"{PLANTED}</main>"), encoding="utf-8")
    reader = Reader(browser, planted.as_uri())
    page = reader()
    assert page.title().startswith("Xuanpin") and page.locator("h1").is_visible()
    refused = [said for said in reader.complaints if "Content Security Policy" in said]
    assert all(any(rule in said for said in refused) for rule in ("script-src ", "style-src-elem ", "img-src "))
    reader.contexts[0].close()


def hostile_pages(home: Home, folder: Path) -> Iterator[Path]:
    """The pages that we make, with HOSTILE where a supplier, an agent or a colleague writes."""
    from xuanpin.pipelines.explain import agent_facts
    from xuanpin.pipelines.publishing import step
    from xuanpin.pipelines.reporting.card import card_page
    from xuanpin.pipelines.reporting.step import report
    from xuanpin.pipelines.republishing.fallback import publish_fallback

    run = run_store.require_run(home)
    day = datetime.fromisoformat(run.as_of_date).date()
    facts = agent_facts(home, run_store.read_table(home, run, "agent_summary")["agent_id"][0].as_py(), None)
    facts["matches"] = [{**match, "title": HOSTILE} for match in facts["matches"]]
    (folder / "card.html").write_text(card_page(facts, "zh"), encoding="utf-8")
    yield folder / "card.html"
    with open_night(RunRequest(day, home, None, Settings(), datetime.now(BEIJING))) as night:
        night.engine.execute("update night.sku_list set title = $title", title=HOSTILE)
        links = {"page": "javascript:document.title='taken'", "picture": "https://img.cn/1.jpg"}
        night.engine.execute("update night.stg_products set page_url = $page, image_url = $picture", **links)
        step.write(night)
        report(night)
        yield sealing.partial_folder(night) / "report.html"
    later = RunRequest(day + timedelta(days=1), home, None, Settings(), datetime(2026, 11, 23, 9, tzinfo=BEIJING))
    publish_fallback(later, HOSTILE)
    yield run_store.run_folder(home, run_store.require_run(home)) / "report.html"


def test_a_hostile_title_or_reason_is_text_in_every_page(published: Home, browser: Browser, tmp_path: Path) -> None:
    home = Home(shutil.copytree(published.root, tmp_path / "home"))
    for file in hostile_pages(home, tmp_path):
        reader = Reader(browser, file.as_uri())
        page = reader()
        assert page.title() != "taken" and reader.complaints == [], file
        assert "<img src=x" in page.locator("main").inner_text(), file
        links = [link.get_attribute("href") or "" for link in page.locator("a[target]").all()]
        assert set(links) == ({"https://img.cn/1.jpg"} if page.locator("#skus").count() else set()), file
        assert page.locator("meta[http-equiv=Content-Security-Policy]").count() == 1
        if page.locator("#language").count():
            page.locator("#language").click()
            assert page.locator("html").get_attribute("lang") == "en"
        reader.contexts[0].close()
    # The last of them tells of a kept list, in one language at a time.
    texts = [(language, text) for language, text in spans(file.read_text(encoding="utf-8")) if text not in BUTTONS]
    assert len(texts) > 20
    listed = run_store.read_table(home, run_store.require_run(home), "sku_scorecard", ["title", "category"])
    data = {HOSTILE, *listed["title"].to_pylist(), *listed["category"].to_pylist()}
    assert list(mixed(texts, data)) == []


def test_sorting_a_column_orders_its_rows_both_ways_and_says_so(opened: Reader) -> None:
    page = opened()
    head = page.locator("#skus thead th").nth(2)
    for direction in ("ascending", "descending"):
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == direction
        cells = page.locator("#skus td:nth-child(3)").all()
        prices = [float(cell.get_attribute("data-value") or "nan") for cell in cells]
        assert prices == sorted(prices, reverse=direction == "descending")
    assert page.locator("#skus th[aria-sort=ascending], #skus th[aria-sort=descending]").count() == 1


def test_search_and_filters_leave_the_rows_that_fit(published: Home, opened: Reader) -> None:
    listed = (
        run_store.read_table(published, run_store.require_run(published), "sku_list").sort_by("list_rank").to_pylist()
    )
    page = opened()
    sku_id = listed[-1]["sku_id"]
    for typed in (sku_id, f" {sku_id.lower()} ", "".join(chr(ord(sign) + 0xFEE0) for sign in sku_id)):
        page.locator("#find").fill(typed)
        assert shown_rows(page).count() == 1, typed
    page.locator("#find").fill("")
    role = listed[-1]["role"]
    page.locator("#role").select_option(role)
    expected = sum(row["role"] == role for row in listed)
    assert shown_rows(page).count() == expected
    assert page.locator("#shown b").inner_text() == str(expected)
    page.locator("#role").select_option("")
    if page.locator("#all").is_visible():
        page.locator("#all").click()
    assert shown_rows(page).count() == len(listed)


def test_the_language_changes_everywhere_at_once(opened: Reader) -> None:
    page = opened("en-US")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("heading", level=1).inner_text() == "Tomorrow's selection"
    assert page.locator("#role option").first.inner_text() == "All"
    page.locator("#language").click()
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.get_by_role("heading", level=1).inner_text() == "明日选品报告"
    assert page.locator("#role option").first.inner_text() == "全部"
    assert page.locator("nav").get_attribute("aria-label") == "章节"


def test_the_language_is_remembered_and_a_browser_that_keeps_nothing_uses_its_own(opened: Reader) -> None:
    page = opened("zh-CN")
    page.locator("#language").click()
    again = page.context.new_page()
    again.goto(opened.address)
    assert again.locator("html").get_attribute("lang") == "en"
    assert again.locator("#role option").first.inner_text() == "All"
    forgetful = opened("zh-CN").context
    forgetful.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })"
    )
    page = forgetful.new_page()
    page.goto(opened.address)
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.locator("#language").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert opened.complaints == []


def test_an_agent_is_found_however_her_id_is_typed(published: Home, opened: Reader) -> None:
    agents = run_store.read_table(published, run_store.require_run(published), "agent_summary")["agent_id"].to_pylist()
    agent = agents[-1]
    number = int(agent[1:])
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in agent)
    page = opened()
    for typed in (
        agent.lower(),
        full_width,
        f" {agent[0]} {agent[1:]} ",
        f"{agent[0]}{number}",
        f"{agent[0]}-{number}",
    ):
        page.locator("#agent").fill("")
        page.wait_for_function("document.querySelectorAll('#agent-skus *').length === 0")
        page.locator("#agent").fill(typed)
        page.wait_for_selector("#agent-skus ol")
        assert page.locator("#agent-skus > p").first.inner_text().startswith(agent), typed
        assert page.locator("#agent-card code").inner_text() == f"xuanpin card {agent}"
    page.locator("#agent").fill("nobody")
    page.wait_for_selector("#no-agent:visible")
    assert page.locator("#agent-skus *").count() == 0


def test_an_agents_card_shows_the_skus_and_reasons_that_are_published(published: Home, opened: Reader) -> None:
    run = run_store.require_run(published)
    matches = run_store.read_table(published, run, "agent_matches").sort_by("match_rank").to_pylist()
    agent = matches[0]["agent_id"]
    own = [row for row in matches if row["agent_id"] == agent]
    page = opened("en-US")
    page.locator("#agent").fill(agent)
    page.wait_for_selector("#agent-skus ol")
    cards = page.locator("#agent-skus > ol > li")
    assert [text.split("\n")[0].split(" · ")[-1] for text in cards.all_inner_texts()] == [row["sku_id"] for row in own]
    assert cards.first.locator("li").count() == len(own[0]["reasons"])
    swaps = run_store.read_table(published, run, "agent_alternates", agent_id=agent).sort_by("alternate_rank")
    shown = [text.split(" · ")[-1] for text in page.locator("#agent-skus > ul > li").all_inner_texts()]
    assert shown == swaps["sku_id"].to_pylist() and len(shown) > 0
    assert f"xuanpin card {agent}" in page.locator("#agent-card").inner_text()
    assert "{" not in page.locator("#agent-skus").inner_text()


def test_a_keyboard_reaches_the_list_first_and_sorts_it(opened: Reader) -> None:
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.wait_for_url("**#list")
    button = page.locator("#skus thead th").nth(3).get_by_role("button")
    button.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    assert page.locator("#skus thead th").nth(3).get_attribute("aria-sort") == "ascending"


@pytest.mark.parametrize(("locale", "viewport"), [("zh-CN", DESKTOP), ("en-US", PHONE)])
def test_an_accessibility_checker_finds_nothing_serious(opened: Reader, locale: str, viewport: ViewportSize) -> None:
    page = opened(locale, viewport)
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert accessibility_faults(page) == []


def test_a_phone_shows_the_whole_width_and_paper_the_whole_list(published: Home, opened: Reader) -> None:
    phone = opened(viewport=PHONE)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    listed = run_store.read_table(published, run_store.require_run(published), "sku_list").num_rows
    paper = opened()
    paper.emulate_media(media="print")
    assert shown_rows(paper).count() == listed
    assert not paper.locator("nav").is_visible()
    assert paper.pdf(format="A4").startswith(b"%PDF")


def test_no_text_is_pressed_into_a_column_of_single_letters_on_a_phone(opened: Reader) -> None:
    page = opened(viewport=PHONE)
    narrow = page.evaluate(NARROW_TEXTS)
    assert narrow == []


def test_every_section_that_a_morning_needs_is_there(folder: Path) -> None:
    html = (folder / "report.html").read_text(encoding="utf-8")
    sections = re.findall(r'<section id="(\w+)"', html)
    wanted = "nights list moves landmines near places overrides mix agents watch quality run"
    assert sections == wanted.split()
    for section in sections:
        assert f'href="#{section}"' in html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_card_page_passes_the_accessibility_checker(
    published: Home, browser: Browser, tmp_path: Path, language: Language
) -> None:
    from xuanpin.pipelines.explain import agent_facts
    from xuanpin.pipelines.reporting.card import card_page

    agent = run_store.read_table(published, run_store.require_run(published), "agent_summary")["agent_id"][0].as_py()
    file = tmp_path / "card.html"
    file.write_text(card_page(agent_facts(published, agent, None), language), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.locator("ol > li").count() > 0
    assert accessibility_faults(page) == []
    page.close()


def test_the_same_night_gives_the_same_page_and_workbook_whatever_the_threads(
    published: Home, folder: Path, tmp_path: Path
) -> None:
    from xuanpin.pipelines.publishing import step
    from xuanpin.pipelines.reporting.step import report

    root = shutil.copytree(published.root, tmp_path / "home")
    run = run_store.require_run(published)
    made = []
    for threads in (1, 2):
        run_request = RunRequest(
            datetime.fromisoformat(run.as_of_date).date(),
            type(published)(Path(root)),
            None,
            Settings(engine={"threads": threads}),
            datetime.now(BEIJING),
        )
        with open_night(run_request) as night:
            step.write(night)
            report(night)
            partial = sealing.partial_folder(night)
            made.append([(partial / name).read_bytes() for name in ("report.html", "report.xlsx")])
    assert made[0] == made[1]


def test_the_workbook_has_the_list_as_published(published: Home, folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "report.xlsx")
    listed = run_store.read_table(published, run_store.require_run(published), "sku_list").sort_by("list_rank")
    titles, names, *rows = list(book["今日清单 list"].values)
    assert (titles[2], names[2]) == ("SKU", "SKU id")
    assert [row[2] for row in rows] == listed["sku_id"].to_pylist()


def test_the_workbook_is_for_people(published: Home, folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "report.xlsx")
    assert book.sheetnames[:3] == ["摘要 summary", "今日清单 list", "团长匹配 matches"]
    run = run_store.require_run(published)
    matched = run_store.read_table(published, run, "agent_matches").num_rows
    assert book["团长匹配 matches"].max_row == matched + 2
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0), sheet.title
        setup = sheet.sheet_properties.pageSetUpPr
        assert setup is not None and setup.fitToPage and sheet.print_title_rows == "$1:$2", sheet.title
        assert sheet.freeze_panes in ("C3", "A3"), sheet.title
        numbers = [cell.value for row in sheet.iter_rows(min_row=3) for cell in row if isinstance(cell.value, float)]
        assert [number for number in numbers if round(number, 3) != number] == [], sheet.title
    titles, _, first = list(book["今日清单 list"].iter_rows(max_row=3))
    below = {title.value: cell for title, cell in zip(titles, first, strict=True)}
    assert (below["价格"].number_format, below["踩雷率"].number_format) == ('"¥"#,##0.00', "0.0%")
    assert below["角色"].value in {"常规", "试新", "尾货", "应季", "置顶"}
    assert book["前几晚 nights"].cell(3, 1).number_format == "yyyy-mm-dd"


def test_no_customer_and_no_phone_reaches_the_page(published: Home, folder: Path, platform: Platform) -> None:
    import pyarrow.parquet as pq

    html = (folder / "report.html").read_text(encoding="utf-8")
    orders = [pq.read_table(path) for path in sorted((platform.sources / "orders").glob("*.parquet"))]
    names = {name for table in orders for name in table["customer_name"].to_pylist() if name and len(name) > 1}
    customers = {key for table in orders for key in table["customer_id"].to_pylist() if key}
    assert names
    assert not [customer for customer in customers if customer in html]
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", html)
    assert not [name for name in names if f">{name}" in html]
