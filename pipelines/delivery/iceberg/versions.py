"""Which runs a copy has to hold: those that readers see or saw, and what each list date shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.run_store.kept import kept_runs


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
        """Say which rows the run has in a `table`: run id and hash of the file, `-` where it has none."""
        return f"{self.run.run_id} {self.hashes.get(table, '-')}"


@dataclass(frozen=True)
class Wanted:
    """What a copy has to hold: the run that each list date shows (`shown`, by ISO date), and the runs with tags that
    last (`tagged`), the newest list date first."""

    shown: Mapping[str, Version]
    tagged: tuple[Version, ...]

    @property
    def versions(self) -> list[Version]:
        """Every run of the two, the newest list date first, what readers see before what they saw."""
        others = [version for version in self.tagged if self.shown.get(version.run.list_date) != version]
        return sorted([*self.shown.values(), *others], key=lambda version: version.run.list_date, reverse=True)


def wanted(home: Home, tagged_days: int) -> Wanted:
    """Return what the copy of a home has to hold, tags for the newest `tagged_days` list dates that show a list.

    A run that is not current any longer is found by its tag alone, so it has one for as long as it is kept. Runs that
    wait for a person or were rejected are no business of readers.
    """
    current = {run.list_date: run for run in run_store.current_runs(home)}
    newest = sorted(current)[-tagged_days:]
    runs = [run for run in kept_runs(home) if run.state in run_store.CURRENT_STATES]
    versions = {(run.list_date, run.run_dir): Version(run, _hashes(home, run)) for run in runs}
    shown = {day: versions[day, run.run_dir] for day, run in current.items() if (day, run.run_dir) in versions}
    return Wanted(
        shown,
        tuple(
            version
            for version in versions.values()
            if version.run.list_date in newest or shown.get(version.run.list_date) != version
        ),
    )


def _hashes(home: Home, run: run_store.CurrentRun) -> dict[str, str]:
    files = run_store.manifest(home, run).get("files", {})
    return {name.removesuffix(".parquet"): digest for name, digest in files.items() if "/" not in name}
