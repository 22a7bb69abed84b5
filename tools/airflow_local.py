"""A complete Airflow on this machine, on a home of its own: `make airflow`, and what its proofs and pictures run on."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import httpx
import psutil
import typer

from xuanpin.dags.pool import WRITER_POOL

ROOT = Path(__file__).resolve().parents[1]
HEALTHY_WITHIN = 300.0
"""Seconds; four processes import Airflow at once: a minute on two quiet cores, several on busy ones."""

ENDS_WITHIN = 20.0
"""Seconds that Airflow's processes get to end by themselves; a task that holds the home ends within them."""

PR_SET_CHILD_SUBREAPER = 36
"""Number of the request in Linux's prctl."""

AFTER_SIGNAL = 128
"""Added to a signal's number it is the exit code of a program that the signal has ended."""

PORTS = 3
"""Ports from the page's own on: the page, and the servers of workers' and triggers' logs."""

DAG_FILE = "from xuanpin.dags.for_airflow import *\n"
"""All that an Airflow's DAG folder needs."""

CALL_SECONDS = 120.0
"""Seconds that one call may take; the first tasks of a fresh Airflow hold its database for up to half a minute."""


@dataclass(frozen=True)
class Place:
    """Where an Airflow lives and which deployment it runs."""

    airflow_home: Path
    home: Path
    sources: Path
    config: Path
    port: int = 8080

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def dags(self) -> Path:
        return self.airflow_home / "dags"

    def environment(self) -> dict[str, str]:
        """This process's environment with everything that Airflow and our DAGs read from theirs."""
        ours = {
            "AIRFLOW_HOME": self.airflow_home,
            "AIRFLOW__CORE__DAGS_FOLDER": self.dags,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            # SQLite lets one process write at a time; on a busy machine the others wait longer than its five seconds.
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.airflow_home}/airflow.db?timeout=30",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": self.port + 1,
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": self.port + 2,
            # A busy machine takes longer to read a DAG file than the half minute that is given to it.
            "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "120",
            "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "180",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": self.port,
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__WORKERS": "1",
            "XUANPIN_HOME": self.home,
            "XUANPIN_SOURCES": self.sources,
            "XUANPIN_CONFIG": self.config,
            # Every part starts the others by name, so the environment's own programs come first.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
            "NO_PROXY": "127.0.0.1,localhost",
        }
        return os.environ | {name: str(value) for name, value in ours.items()}


@contextmanager
def running(place: Place) -> Iterator[Client]:
    """Airflow standalone while the block runs, healthy and with the pool of the single writer."""
    place.dags.mkdir(parents=True, exist_ok=True)
    (place.dags / "xuanpin.py").write_text(DAG_FILE, encoding="utf-8")
    command = [sys.executable, "-m", "airflow", "standalone"]
    adopt_orphans()
    others = {process.pid for process in _descendants()}
    with (place.airflow_home / "standalone.log").open("wb") as log:
        server = subprocess.Popen(
            command, env=place.environment(), stdout=log, stderr=log, cwd=place.airflow_home, start_new_session=True
        )
        try:
            client = Client.when_healthy(place.url, server)
            client.post("pools", {"name": WRITER_POOL, "slots": 1, "description": "one DuckDB writer"}, (201, 409))
            yield client
        finally:
            end_all(server, others)


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent ends first, so that they can be found; Linux only.

    Scheduler, workers and servers of Airflow leave its process group and outlive the one that started them.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_all(server: subprocess.Popen[bytes], others: Container[int]) -> None:
    """End a server and all that came of it, whatever its group: asked first, and killed after a while.

    `others` are ids of processes that were there before it and stay.
    """
    family = _descendants(others)
    _send(family, signal.SIGTERM)
    psutil.wait_procs(family, timeout=ENDS_WITHIN)
    # What was started meanwhile, or did not listen, and what lost its parent by now.
    while rest := _descendants(others):
        _send(rest, signal.SIGKILL)
        psutil.wait_procs(rest, timeout=1)
    server.wait()


def _descendants(others: Container[int] = ()) -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [process for process in found if process.pid not in others and _lives(process)]


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _send(processes: Iterable[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


class Client:
    """Airflow's REST interface, as an administrator of a local Airflow."""

    def __init__(self, url: str) -> None:
        token = httpx.get(f"{url}/auth/token", trust_env=False).raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=f"{url}/api/v2/", headers=headers, timeout=CALL_SECONDS, trust_env=False)

    @classmethod
    def when_healthy(cls, url: str, server: subprocess.Popen[bytes]) -> Client:
        """The interface, once scheduler, DAG processor and database are healthy."""
        until = time.monotonic() + HEALTHY_WITHIN
        while time.monotonic() < until and server.poll() is None:
            try:
                health = httpx.get(f"{url}/api/v2/monitor/health", trust_env=False).json()
                if all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor")):
                    return cls(url)
            except httpx.TransportError:
                pass
            time.sleep(1)
        raise RuntimeError(f"Airflow is not healthy at {url}; standalone.log in its home says why")

    def get(self, path: str, **query: Any) -> Any:
        """What a resource holds."""
        return self._http.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: dict[str, Any], accepted: tuple[int, ...] = (200, 201)) -> Any:
        """Make something; raises where the answer is none of the accepted codes."""
        return self._checked(self._http.post(path, json=body), accepted)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Change something."""
        return self._checked(self._http.patch(path, json=body), (200,))

    @staticmethod
    def _checked(answer: httpx.Response, accepted: tuple[int, ...]) -> Any:
        if answer.status_code not in accepted:
            raise RuntimeError(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}")
        return answer.json()


def first_list(place: Place, day: str) -> None:
    """Publish one list by the command line, so that whatever happens in Airflow there is one to fall back on."""
    if not (place.home / "published" / "current.json").exists():
        command: list[str | Path] = [Path(sys.executable).with_name("xuanpin"), "nightly", "--as-of", day]
        command += ["--sources", place.sources, "--home", place.home]
        subprocess.run(command, check=True)


def main(
    sources: Annotated[Path, typer.Option(help="Drops to read.")] = ROOT / ".demo" / "sources",
    config: Annotated[Path, typer.Option(help="Settings file.")] = ROOT / "examples" / "reviewed.toml",
    port: Annotated[int, typer.Option(help="Where the page is served on this machine.")] = 8080,
    day: Annotated[str, typer.Option(help="Business day of the list that is there first.")] = "2026-11-20",
) -> None:
    """Start Airflow on a home of its own that reads the demo's drops, and keep it running until Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    folder = ROOT / ".airflow"
    place = Place(folder, folder / "home", sources.resolve(), config.resolve(), port)
    require_ports(place)
    try:
        keep_running(place, day)
    except Ended as ended:
        typer.echo("Airflow has stopped, and all that it had started")
        raise typer.Exit(AFTER_SIGNAL + ended.number) from None


def require_ports(place: Place) -> None:
    """End with one message where another program listens where the page or a log server of `place` would."""
    for number in range(place.port, place.port + PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                typer.echo(
                    f"another program listens at port {number}, perhaps an Airflow that runs already; end it, or name "
                    f"three free ports by their first: make airflow PORT={place.port + 100}",
                    err=True,
                )
                raise typer.Exit(1) from None


class Ended(BaseException):
    """A signal asks to end: nothing below `main` may take it for an error of its own."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def keep_running(place: Place, day: str) -> None:
    """Publish a first list, run Airflow and wait for a signal, which ends the wait as Ended."""
    first_list(place, day)
    typer.echo("Airflow starts; this takes about a minute")
    with running(place):
        typer.echo(f"Airflow is at {place.url}, its log is {place.airflow_home}/standalone.log; Ctrl-C ends it")
        signal.pause()


def _leave(number: int, frame: FrameType | None) -> None:
    # A second signal must not cut short the ending that the first one asked for.
    for other in (signal.SIGINT, signal.SIGTERM):
        signal.signal(other, signal.SIG_IGN)
    raise Ended(number)


if __name__ == "__main__":
    typer.run(main)
