"""Which runs a copy has to hold: those that readers see or saw, and what each list date shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.run_store.kept import kept_runs

DIGITS = 16
"""Hexadecimal digits of a hash that tell the files of one run apart; there are a handful, one an erasure."""


@dataclass(frozen=True)
class Version:
    """One `run` as its files are now, their SHA-256 by table in `hashes`; erasure changes files of a sealed run."""

    run: run_store.CurrentRun
    hashes: Mapping[str, str]

    @property
    def tag(self) -> str:
        """The tag of the run in every table of the copy: the name of its folder, with a hyphen."""
        return self.run.run_dir.replace("=", "-")

    def stamp(self, table: str) -> str:
        """Say which rows the run has in a `table`: its tag and the hash of the file, `-` where it has none."""
        return f"{self.tag} {self.hashes.get(table, '-')[:DIGITS]}"


@dataclass(frozen=True)
class Wanted:
    """What a copy has to hold: the run that each list date shows (`shown`, by ISO date), the `tags` that last, and the
    `versions` of all these runs, the newest list date first, what readers see before what they saw."""

    shown: Mapping[str, Version]
    tags: frozenset[str]
    versions: tuple[Version, ...]


def wanted(home: Home, tagged_days: int) -> Wanted:
    """Return what the copy of a home has to hold, tags for the newest `tagged_days` list dates that show a list.

    A run that is not current any longer is found by its tag alone, so it has one for as long as it is kept. Runs that
    wait for a person or were rejected are no business of readers.
    """
    current = {run.list_date: run.run_dir for run in run_store.current_runs(home)}
    newest = set(sorted(current)[-tagged_days:])
    runs = [run for run in kept_runs(home) if run.state in run_store.CURRENT_STATES]
    versions = tuple(Version(run, _hashes(home, run)) for run in runs)
    shown = {one.run.list_date: one for one in versions if current.get(one.run.list_date) == one.run.run_dir}
    lasting = (one for one in versions if one.run.list_date in newest or shown.get(one.run.list_date) is not one)
    return Wanted(shown, frozenset(one.tag for one in lasting), versions)


def _hashes(home: Home, run: run_store.CurrentRun) -> dict[str, str]:
    files = run_store.manifest(home, run).get("files", {})
    return {name.removesuffix(".parquet"): digest for name, digest in files.items() if "/" not in name}
