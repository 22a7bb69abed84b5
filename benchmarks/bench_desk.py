"""How long pages of the desk take while a night runs in the same home: 50 readers who click from page to page.

Run: python -m benchmarks.bench_desk [--readers 50] [--seconds 60] [--think 5] [--home DIR --sources DIR]

Each reader opens the first page, then follows a link of the page that she is on or goes back to the first, and looks at
each page for a while, so long on average. Every reader is a person of her own. Without --home, on the demo's platform.
The night of the last day is run again and again meanwhile. Seconds are those of the clock and depend on what else the
machine does; CPU-seconds are the desk's own.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from pathlib import Path

import httpx2
import numpy as np
import psutil
from fastapi.routing import APIRoute
from starlette.routing import Match

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.demo.run import run_demo
from xuanpin.pipelines.desk.application import desk_application
from xuanpin.pipelines.desk.passwords import password_hash
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.sessions import COOKIE, new_session, written
from xuanpin.pipelines.desk.user_file import User, write_users
from xuanpin.pipelines.settings import Settings

LINK = re.compile(r'href="(/[^"#]*)"')
PROGRAM = Path(sys.executable).with_name("xuanpin")
NOT_PAGES = ("/static/", "/a/")


@dataclass
class Seen:
    """What the readers met: seconds of each answer by route, how many answers were no page, nights that ended."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    nights: int = 0


def people(place: DeskPlace, count: int) -> list[str]:
    """Make so many people of every page's rights and return the cookies of their sessions."""
    users = [User(f"reader {number}", "approver", password_hash("", 2)) for number in range(count)]
    write_users(place.home, {user.name: user for user in users})
    return [written(place, new_session(place, user)) for user in users]


@contextmanager
def served(home: Home) -> Iterator[tuple[str, psutil.Process]]:
    """The desk as the command line serves it: its address and its process."""
    command = [str(PROGRAM), "desk", "--home", str(home.root), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as desk:
        try:
            assert desk.stdout is not None
            found = re.search(r"http://\S+(?=;)", desk.stdout.readline())
            assert found, "the desk did not start"
            yield found[0], psutil.Process(desk.pid)
        finally:
            desk.terminate()


Note = Callable[[str, int, float], None]
"""Takes path, status and seconds of an answer."""


async def read(address: str, cookie: str, until: float, think: float, draw: random.Random, note: Note) -> None:
    """One reader: from page to page until the time is over."""
    async with httpx2.AsyncClient(base_url=address, cookies={COOKIE: cookie}, trust_env=False, timeout=60) as browser:
        path = "/"
        await asyncio.sleep(draw.uniform(0, think))
        while time.monotonic() < until:
            started = time.perf_counter()
            page = await browser.get(path)
            note(path, page.status_code, time.perf_counter() - started)
            links = [unescape(link) for link in LINK.findall(page.text) if not link.startswith(NOT_PAGES)]
            path = draw.choice(links) if links and draw.random() < 0.85 else "/"
            await asyncio.sleep(draw.expovariate(1 / think))


async def repeat_night(home: Home, sources: Path, as_of: str, until: float, seen: Seen) -> None:
    """Run the night of a day again until the time is over; the last one ends by itself."""
    words = ["nightly", "--as-of", as_of, "--sources", str(sources), "--home", str(home.root)]
    while time.monotonic() < until:
        night = await asyncio.create_subprocess_exec(str(PROGRAM), *words, stdout=asyncio.subprocess.DEVNULL)
        await night.wait()
        seen.nights += 1


async def measure(home: Home, sources: Path, place: DeskPlace, asked: argparse.Namespace) -> tuple[Seen, float, float]:
    """Let the readers read; return what they met, the desk's CPU-seconds and its peak memory in GB."""
    seen, route_of = Seen(), _routes(place)

    def note(path: str, status: int, seconds: float) -> None:
        seen.seconds[route_of(path)].append(seconds)
        if status != 200:
            seen.refused[status] += 1

    as_of, cookies = run_store.require_run(home).as_of_date, people(place, asked.readers)
    with served(home) as (address, desk):
        before, until = sum(desk.cpu_times()[:2]), time.monotonic() + asked.seconds
        tasks = [
            read(address, cookie, until, asked.think, random.Random(number), note)
            for number, cookie in enumerate(cookies)
        ]
        night = repeat_night(home, sources, as_of, until, seen) if asked.night else asyncio.sleep(0)
        await asyncio.gather(*tasks, night)
        return seen, sum(desk.cpu_times()[:2]) - before, desk.memory_info().rss / 2**30


def _routes(place: DeskPlace) -> Callable[[str], str]:
    routes = [route for route in desk_application(place).routes if isinstance(route, APIRoute)]

    def route_of(path: str) -> str:
        scope = {"type": "http", "method": "GET", "path": path.partition("?")[0], "root_path": "", "headers": []}
        return next((route.path for route in routes if route.matches(scope)[0] is Match.FULL), "none")

    return route_of


def told(seen: Seen, cpu_seconds: float, memory: float) -> str:
    """Return the figures as a table, a line a page and one for all."""
    every = [seconds for times in seen.seconds.values() for seconds in times]
    rows = [_row(name, times) for name, times in sorted(seen.seconds.items())]
    per_page = 1000 * cpu_seconds / max(len(every), 1)
    odd = ", ".join(f"{count} of status {status}" for status, count in sorted(seen.refused.items())) or "none"
    return "\n".join([
        f"{'page':<32}{'answers':>8}{'p50':>8}{'p95':>8}{'max':>8}   seconds",
        *rows,
        _row("all", every),
        f"{seen.nights} nights beside it; {per_page:.0f} CPU-ms a page, {memory:.2f} GB; answers but pages: {odd}",
    ])  # fmt: skip


def _row(name: str, times: Sequence[float]) -> str:
    half, most = np.quantile(times, [0.5, 0.95])
    return f"{name:<32}{len(times):>8}{half:>8.3f}{most:>8.3f}{max(times):>8.3f}"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=5, help="seconds that a reader looks at a page, on average")
    parser.add_argument("--home", type=Path, help="a home with a published list; it is changed")
    parser.add_argument("--sources", type=Path, help="the drops of that home")
    parser.add_argument("--no-night", dest="night", action="store_false", help="without a night beside the readers")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(asked.home or Path(folder) / "home")
        if asked.home is None:
            run_demo(home, 7, 2, {}, lambda text, done, total: None)
        place = DeskPlace(home, Settings(), lambda: datetime.now(BEIJING))
        figures = asyncio.run(measure(home, asked.sources or home.root / "sources", place, asked))
        print(told(*figures))


if __name__ == "__main__":
    main()
