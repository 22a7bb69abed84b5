"""Servers for demos and tests: what they need is said before they start, and nothing of them is left."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tools import spark_server as tool
from tools.spark_server import ROOT, ServerError, java_release, require_java, spark_command, spark_server


@pytest.mark.parametrize(
    ("said", "release"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17),
        ('java version "1.8.0_401"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("The operation couldn't be completed.", None),
    ],
)
def test_the_release_of_a_java_is_read(said: str, release: int | None) -> None:
    assert java_release(said) == release


@pytest.mark.parametrize(("said", "told"), [('openjdk version "11.0.2"', "is 11"), ("no java", "there is none")])
def test_an_old_java_is_named_with_what_to_do(
    said: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{said}' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ServerError, match=f"Java 17 or newer, and .*{told}; install it"):
        require_java()


def test_a_java_home_without_java_is_named_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ServerError, match="there is none"):
        require_java()


def test_spark_that_is_not_installed_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "SPARK_ENVIRONMENT", tmp_path / ".venv-spark")
    with pytest.raises(ServerError, match=r"run `make \.venv-spark/\.run`"):
        spark_command("local[2]", 15_002, 4_040)


@pytest.mark.parametrize(("master", "memory"), [("local[2]", "1g"), ("local-cluster[2,1,1024]", "1024m")])
def test_an_executor_takes_what_a_worker_has(
    master: str, memory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "spark-submit").touch()
    monkeypatch.setattr(tool, "SPARK_ENVIRONMENT", tmp_path)
    monkeypatch.setattr(tool, "require_java", lambda: None)
    command = spark_command(master, 15_002, 4_040)
    assert f"spark.executor.memory={memory}" in command and "spark.connect.grpc.binding.port=15002" in command


def test_a_server_ends_with_its_block() -> None:
    with spark_server("sail") as server:
        assert psutil.pid_exists(server.process)
        assert server.address.startswith("sc://127.0.0.1:")
    assert not psutil.pid_exists(server.process)


def test_a_server_that_does_not_start_tells_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    failing = [sys.executable, "-c", "raise SystemExit('the port is taken')"]
    monkeypatch.setattr(tool, "sail_command", lambda port: failing)
    with pytest.raises(ServerError, match="the port is taken"), spark_server("sail"):
        pass


def test_the_command_prints_the_address_and_serves_until_it_is_interrupted() -> None:
    serving = subprocess.Popen(
        [sys.executable, "-m", "tools.spark_server", "sail"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert serving.stdout is not None
    with serving:
        assert serving.stdout.readline().startswith("sc://127.0.0.1:")
        served = [child.pid for child in psutil.Process(serving.pid).children()]
        serving.send_signal(signal.SIGINT)
        assert serving.wait(30) == 0
    assert served and not any(map(psutil.pid_exists, served))
