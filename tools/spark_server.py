"""Starts a server that speaks Spark Connect on this machine, for demos, tests and benchmarks, until Ctrl-C.

    python -m tools.spark_server sail
    python -m tools.spark_server spark --master "local-cluster[2,1,1024]" --memory 4g
    python -m tools.spark_server check

`check` only says whether this machine has the Java that Spark needs. `sail` is the server of pysail, which the extra
`test` installs. `spark` is Spark itself: `make spark-server` installs it into .venv-spark, as it cannot be in one
environment with its client, and it needs Java 17 or newer. Workers of both run this environment's Python and import
Xuanpin from this checkout.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[1]
SPARK_ENVIRONMENT = ROOT / ".venv-spark"
OLDEST_JAVA = 17
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC"
READY_WITHIN = 120.0
"""Seconds; a Java process on a busy machine begins to answer after 10 to 40."""

MEMORY = "2g"
"""Of Spark's first process: enough for local[2] and some million order lines."""

ENDED_BY = (signal.SIGINT, signal.SIGTERM)
"""Signals on which the command ends its server."""
ENDS_WITHIN = 10.0
"""Seconds that a server gets to end by itself."""

Kind = Literal["sail", "spark"]


class ServerError(RuntimeError):
    """A server that cannot be started, with what to do about it."""


@dataclass(frozen=True)
class Server:
    """A running server: the address for [engine] address, its first process, and Spark's own pages (Sail has none)."""

    address: str
    process: int
    pages: str | None


@contextmanager
def spark_server(
    kind: Kind = "sail",
    *,
    master: str = "local[2]",
    memory: str = MEMORY,
    port: int = 0,
    log: Path | None = None,
) -> Iterator[Server]:
    """Run a server of this `kind` while the block runs, on a free port where `port` is 0.

    `master` is Spark's: local[threads] or local-cluster[workers,cores,MB]; `memory` is that of Spark's first process,
    which with local[…] does all work. What the server says goes to the file `log`.
    Raises ServerError where it cannot start.
    """
    place, pages = port or free_port(), free_port()
    command = sail_command(place) if kind == "sail" else spark_command(master, place, pages, memory)
    with tempfile.TemporaryDirectory(prefix="xuanpin-server-") as folder:
        file = log or Path(folder) / "server.log"
        with file.open("wb") as said:
            server = subprocess.Popen(
                command, env=environment(), stdout=said, stderr=said, cwd=folder, start_new_session=True
            )
        try:
            _await(server, place, file)
            shown = None if kind == "sail" else f"http://127.0.0.1:{pages}"
            yield Server(f"sc://127.0.0.1:{place}", server.pid, shown)
        finally:
            _end(server)


def free_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
        return port


def sail_command(port: int) -> list[str]:
    """Return the command that serves Sail."""
    served = f"from pysail.spark import SparkConnectServer as S; S('127.0.0.1', {port}).start(background=False)"
    return [sys.executable, "-c", served]


def spark_command(master: str, port: int, pages: int, memory: str = MEMORY) -> list[str]:
    """Return the command that serves Spark; raises ServerError where Spark or its Java is not there."""
    submit = SPARK_ENVIRONMENT / "bin" / "spark-submit"
    if not submit.exists():
        raise ServerError(f"{SPARK_ENVIRONMENT.name} has no Spark; run `make {SPARK_ENVIRONMENT.name}/.run`")
    require_java()
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": memory,
        "spark.executor.memory": _worker_memory(master),
        "spark.executorEnv.PYTHONPATH": environment()["PYTHONPATH"],
        "spark.ui.port": pages,
        # One machine needs no more tasks than these after a shuffle; Spark's own 200 cost more than their work.
        "spark.sql.shuffle.partitions": 4,
        # A server of minutes spends more than half of its work on Java's second compiler, which pays after hours only.
        "spark.driver.extraJavaOptions": QUICK_JAVA,
        "spark.executor.extraJavaOptions": QUICK_JAVA,
    }
    options = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    service = "org.apache.spark.sql.connect.service.SparkConnectServer"
    return [str(submit), "--master", master, *options, "--class", service, "spark-internal"]


def _worker_memory(master: str) -> str:
    cluster = re.fullmatch(r"local-cluster\[\d+,\d+,(\d+)\]", master)
    return f"{cluster[1]}m" if cluster else "1g"


def environment() -> dict[str, str]:
    """Return this process's environment with what servers and their workers need."""
    ours = {
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
        # Tasks of a worker run side by side: threads of a library in each of them would only wait for one another.
        "OMP_NUM_THREADS": "1",
        # The launcher looks for Spark by a Python of its own choice.
        "SPARK_HOME": str(next(SPARK_ENVIRONMENT.glob("lib/python*/site-packages/pyspark"), "")),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    return {**os.environ, **{name: value for name, value in ours.items() if value}}


def require_java() -> None:
    """Raise ServerError unless the Java that Spark would take is new enough."""
    java = java_program(os.environ)
    found = None if java is None else _java_version(java)
    if found is None or found < OLDEST_JAVA:
        known = "there is none" if found is None else f"{java} is {found}"
        raise ServerError(
            f"Spark needs Java {OLDEST_JAVA} or newer, and {known}; install it (on Debian: apt-get install "
            f"openjdk-{OLDEST_JAVA}-jre-headless), or name its folder in JAVA_HOME"
        )


def java_program(variables: Mapping[str, str]) -> str | None:
    """Return the Java that Spark takes: that of JAVA_HOME, else the first on the PATH."""
    home = variables.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else shutil.which("java", path=variables.get("PATH"))


def java_release(said: str) -> int | None:
    """Return the release of a Java by what `java -version` said: 8 for 1.8.0, 17 for 17.0.15."""
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else None


def _java_version(java: str) -> int | None:
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return None
    return java_release(told.stderr)


def _await(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while server.poll() is None and time.monotonic() < deadline:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
    raise ServerError("\n".join(["the server did not begin to answer; it said last:", *last]))


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the server with all processes that it started: they are a session of their own."""
    for number, patience in ((signal.SIGTERM, ENDS_WITHIN), (signal.SIGKILL, ENDS_WITHIN)):
        try:
            os.killpg(server.pid, number)
            server.wait(patience)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def main() -> int:
    """Serve until Ctrl-C, or check; return 1 where the server cannot start."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("sail", "spark", "check"))
    parser.add_argument("--master", default="local[2]", help="Spark's: local[2], local-cluster[2,1,1024], …")
    parser.add_argument("--memory", default=MEMORY, help="memory of Spark's first process, such as 4g")
    parser.add_argument("--port", type=int, default=0, help="the port to serve on; a free one without it")
    parser.add_argument("--log", type=Path, help="a file for what the server says")
    arguments = parser.parse_args()
    try:
        if arguments.kind == "check":
            require_java()
            return 0
        with spark_server(
            arguments.kind, master=arguments.master, memory=arguments.memory, port=arguments.port, log=arguments.log
        ) as server:
            # Held back before the address is told: who reads it may interrupt at once.
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDED_BY)
            print(server.address, server.pages or "", flush=True)
            signal.sigwait(ENDED_BY)
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
