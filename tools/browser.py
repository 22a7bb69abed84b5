"""A headless Chromium told what to do over its own protocol: open pages, run scripts in them, take pictures."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

FLAGS = "--headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --lang=en-US --remote-debugging-port=0"
START_SECONDS = 60.0


class Page:
    """One page of the browser."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = count(1)

    def say(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command of the protocol and return its result."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            heard = json.loads(self._connection.recv(timeout=60))
            if heard.get("id") == number:
                if "error" in heard:
                    raise RuntimeError(f"{method}: {heard['error']['message']}")
                result: dict[str, Any] = heard["result"]
                return result

    def open(self, url: str) -> None:
        """Go to an address."""
        self.say("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        return self.say("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def wait_for(self, text: str, seconds: float = 60.0) -> None:
        """Wait until the page shows a text."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.run(f"document.body !== null && document.body.innerText.includes({json.dumps(text)})"):
                return
            time.sleep(0.5)
        raise TimeoutError(f"the page does not show {text!r}: {self.run('document.body.innerText')!r:.500}")

    def picture(self, path: Path, settle_seconds: float = 2.0) -> None:
        """Save what the window shows, once animations have ended, as PNG."""
        time.sleep(settle_seconds)
        path.write_bytes(base64.b64decode(self.say("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def browsing(width: int, height: int) -> Iterator[Page]:
    """A page in a window of a size, as long as the block lasts; raises RuntimeError where there is no Chromium."""
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("Chromium is not installed; it is Debian's package chromium")
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        command = [program, *FLAGS.split(), f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with connect(_first_page(Path(profile)), max_size=None, proxy=None) as connection:
                page = Page(connection)
                page.say(
                    "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
                )
                yield page
        finally:
            process.terminate()
            process.wait(20)


def _first_page(profile: Path) -> str:
    """The address at which the browser's first page listens."""
    port_file = profile / "DevToolsActivePort"
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if port_file.exists() and (lines := port_file.read_text(encoding="utf-8").split()):
            targets = httpx.get(f"http://127.0.0.1:{lines[0]}/json/list", trust_env=False).json()
            pages = [target for target in targets if target["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
        time.sleep(0.2)
    raise RuntimeError("Chromium did not start")
