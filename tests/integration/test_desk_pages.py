"""Every page that a link leads to: what others write is text there, and it needs nothing that the policy forbids."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.desk import desk_place, post, signed_in
from tests.support.desk_crawl import dead_links, pages
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.place import DeskPlace

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>'\" {{ 7 * 7 }}"
WRITTEN = ("title", "brand", "agent_name", "supplier_name", "comment")
"""Columns of published tables that others write."""
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|(?:src|href)=\"(?:https?:)?//", re.I
)


@pytest.fixture(scope="module")
def place(published: Home, tmp_path_factory: pytest.TempPathFactory) -> DeskPlace:
    """A desk on a home whose suppliers and colleagues mean harm."""
    home = Home(shutil.copytree(published.root, tmp_path_factory.mktemp("hostile") / "home"))
    for run in run_store.current_runs(home):
        for path in run_store.run_folder(home, run).rglob("*.parquet"):
            _spoil(path)
    place = desk_place(home)
    _remark(place)
    return place


def _remark(place: DeskPlace) -> None:
    """Let a colleague comment on the first SKU of the list and ban the second, in words that mean harm."""
    run = run_store.require_run(place.home)
    skus = run_store.read_table(place.home, run, "sku_list", ["sku_id"])["sku_id"].to_pylist()
    for action, sku_id in (("comment", skus[0]), ("ban", skus[1])):
        form = {"action": action, "list_date": run.list_date, "run_id": run.run_id, "sku_id": sku_id, "reason": HOSTILE}
        assert post(signed_in(place), "/skus/decide", **form).status_code == 303


def _spoil(path: Path) -> None:
    table = pq.read_table(path)
    for name in [name for name in WRITTEN if name in table.column_names]:
        place = table.column_names.index(name)
        texts = pa.array([HOSTILE] * table.num_rows, table.schema.field(name).type)
        table = table.set_column(place, table.schema.field(name), texts)
    pq.write_table(table, path)


class Forbidden(HTMLParser):
    """Finds what the policy forbids in a page: inline script and style, and addresses of elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag in ("style", "base", "iframe", "object", "embed") or (tag == "script" and "src" not in names):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in names if name == "style" or name.startswith("on")]
        addresses = [names.get(name) or "" for name in ("src", "href", "action", "formaction")]
        ours = ("/", "?", "#", "data:,", "data:image/")
        self.found += [address for address in addresses if address and not address.startswith(ours)]
        self.found += [address for address in addresses if address.startswith("//")]


def forbidden(html: str) -> list[str]:
    """What of a page the policy forbids."""
    parser = Forbidden()
    parser.feed(html)
    return parser.found


def test_the_search_for_what_is_forbidden_finds_it() -> None:
    assert (
        forbidden('<a href="/x" title="&#34; onerror=a">&lt;script&gt;</a><script src="/static/desk.js"></script>')
        == []
    )
    for html in ("<script>a</script>", '<p style="a">', "<img src=//x>", '<a href="javascript:a">', "<b onclick=a>"):
        assert len(forbidden(html)) >= 1, html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_others_write_is_text_and_pages_keep_to_the_policy(place: DeskPlace, language: str) -> None:
    read = 0
    for role in ("approver", "operator"):
        browser = signed_in(place, role, f"{role} {HOSTILE[:40]}")
        browser.cookies.set("lang", language, domain="127.0.0.1")
        for path, page in pages(browser):
            # A report is a page apart, in a sandbox; tests/integration/test_desk_runs.py holds it.
            is_apart = page.headers["content-security-policy"].startswith("sandbox ")
            if is_apart or not page.headers["content-type"].startswith("text/html"):
                continue
            read += 1
            assert page.status_code == 200, path
            assert "<script>alert" not in page.text and "<img src=x" not in page.text, path
            if page.headers["content-security-policy"].startswith("sandbox"):
                continue  # the report as it was published: both languages, its own script, shut in
            assert forbidden(page.text) == [], path
            assert dead_links(browser, page) == [], path
            assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in page.text, path
    assert read >= 5
