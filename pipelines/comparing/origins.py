"""What two manifests say of how their runs were made: settings, code, models, sources, the run before, row counts.

`before` and `after` are the two runs, or a value in each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xuanpin.pipelines.run_store import CurrentRun, reason_of

Manifest = Mapping[str, Any]
PROMISED = ("promise", "promise_confidence", "promise_bound", "can_promise", "audit_bound")
"""What a manifest says of the promise; null in one of an earlier release."""
LONG_IDS = ("code_version", "previous_run_id")
"""Hashes among the origins of a run."""


@dataclass(frozen=True)
class RunFacts:
    """What names a run (`list_date`, `as_of_date`, `run_id`, `run_dir`), its `state` and why (`reason`), SKUs `listed`.

    `promise`, `promise_confidence`, `promise_bound`, `can_promise` and `audit_bound` are shares as the manifest says
    them.
    """

    list_date: str
    as_of_date: str
    run_id: str
    run_dir: str
    state: str
    reason: str | None
    listed: int
    promise: float | None
    promise_confidence: float | None
    promise_bound: float | None
    can_promise: bool | None
    audit_bound: float | None


@dataclass(frozen=True)
class Difference:
    """A `key` whose value differs between two runs; None where a run has no such value."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Differences:
    """What two manifests differ in: settings by section and key, `origins` (code, models, contracts, source rows, the
    run before), `row_counts` by table. Settings are compared where both runs tell theirs."""

    settings: tuple[Difference, ...]
    origins: tuple[Difference, ...]
    row_counts: tuple[Difference, ...]


def run_facts(run: CurrentRun, manifest: Manifest) -> RunFacts:
    """Return what a manifest says of its run, with the state that the run has now."""
    return RunFacts(
        list_date=run.list_date,
        as_of_date=run.as_of_date,
        run_id=run.run_id,
        run_dir=run.run_dir,
        state=run.state,
        reason=reason_of(manifest),
        listed=manifest["row_counts"]["sku_list"],
        **{name: manifest.get(name) for name in PROMISED},
    )


def differences(before: Manifest, after: Manifest) -> Differences:
    """Return what two manifests differ in, in order of the keys."""
    are_told = all(map(tells_settings, (before, after)))
    return Differences(
        settings=_between(_settings(before), _settings(after)) if are_told else (),
        origins=_between(_origins(before), _origins(after)),
        row_counts=_between(before["row_counts"], after["row_counts"]),
    )


def tells_settings(manifest: Manifest) -> bool:
    """Return whether a run tells the settings that it was decided by; those of an earlier release do not."""
    return bool(manifest.get("settings"))


def _between(before: Manifest, after: Manifest) -> tuple[Difference, ...]:
    keys = sorted({*before, *after})
    pairs = ((key, before.get(key), after.get(key)) for key in keys)
    return tuple(Difference(key, one, other) for key, one, other in pairs if one != other)


def _settings(manifest: Manifest) -> dict[str, Any]:
    return dict(_flat(manifest["settings"]))


def _flat(settings: Manifest) -> Iterator[tuple[str, Any]]:
    for section, values in settings.items():
        if isinstance(values, Mapping):
            yield from ((f"{section}.{key}", value) for key, value in values.items())
        else:
            yield section, values


def _origins(manifest: Manifest) -> dict[str, Any]:
    """One value a thing that a run was made from; a model by its family, a source by its rows."""
    own = {name: manifest.get(name) for name in LONG_IDS}
    models = {f"model.{name.partition('/')[0]}": name.partition("/")[2] for name in manifest.get("model_versions", ())}
    schema = manifest.get("schema_version") or {}
    contracts = {f"contract.{table}": version for table, version in schema.items()}
    marks = manifest.get("source_watermarks") or {}
    sources = {f"source.{table}": mark for table, mark in marks.items()}
    return own | models | contracts | sources
