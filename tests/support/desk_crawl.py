"""Goes from page to page of a desk, as somebody does who follows each link."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from html import unescape

import httpx2
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.testclient import TestClient

HREF = re.compile(r'href="(/[^"#]*)"')
SAME_ROUTE = 3
"""Pages of one route that are read."""


def pages(browser: TestClient, same_route: int = SAME_ROUTE) -> Iterator[tuple[str, httpx2.Response]]:
    """Each page that links lead to from the first one, but no more than a few of a route."""
    waiting, seen, kinds = deque(["/"]), {"/"}, Counter[str]()
    while waiting:
        path = waiting.popleft()
        kind = route_of(browser, path)
        if kind == "" or kinds[kind] >= same_route:
            continue
        kinds[kind] += 1
        page = browser.get(path)
        yield path, page
        fresh = [link for link in links(page) if link not in seen]
        seen.update(fresh)
        waiting.extend(fresh)


def links(page: httpx2.Response) -> list[str]:
    """The addresses to which a page leads within the desk."""
    return [unescape(link) for link in HREF.findall(page.text)]


def dead_links(browser: TestClient, page: httpx2.Response) -> list[str]:
    """The links of a page that lead to no page and no style."""
    return [link for link in links(page) if not link.startswith("/static/") and route_of(browser, link) == ""]


def route_of(browser: TestClient, path: str) -> str:
    """The route that a link leads to, '' for none that is read."""
    assert isinstance(browser.app, FastAPI)
    scope = {"type": "http", "method": "GET", "path": path.partition("?")[0], "root_path": "", "headers": []}
    routes = [route for route in browser.app.routes if isinstance(route, APIRoute)]
    return next((route.path for route in routes if route.matches(scope)[0] is Match.FULL), "")
