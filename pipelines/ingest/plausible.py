"""Which times are plausible: placeholders are read as missing, and a row with an implausible time is quarantined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.notes import Notes
from xuanpin.pipelines.ingest.statements.plausible import may_be_emptied, placeholder_counts, placeholders_emptied
from xuanpin.pipelines.settings.running import IngestSettings
from xuanpin.pipelines.typed.phrase import joined, phrase


@dataclass(frozen=True)
class Plausible:
    """The bounds of plausible times: the `earliest_day` that is believed, and `now` in Beijing, without a zone."""

    earliest_day: date
    now: datetime

    @classmethod
    def at(cls, now: datetime, settings: IngestSettings) -> Plausible:
        """Return the bounds of these `settings` at a zone-aware moment `now`."""
        return cls(settings.earliest_day, now.astimezone(BEIJING).replace(tzinfo=None))


def empty_placeholders(engine: Engine, contract: Contract, notes: Notes) -> None:
    """Leave optional columns of the incoming rows empty where they hold a placeholder; the notes say how many do.

    A required value that is a placeholder stays for the rules to set aside.
    """
    tell_placeholders(contract, empty_counted(engine, contract), notes)


def empty_counted(engine: Engine, contract: Contract) -> dict[str, int]:
    """Do as `empty_placeholders` and return how many placeholders each column held, without those that held none."""
    columns = [column for column in contract.columns if may_be_emptied(column)]
    counts = engine.query(placeholder_counts(columns)).to_pylist()[0] if columns else {}
    found = [column for column in columns if counts[column.name]]
    if found:
        engine.execute(placeholders_emptied(contract, found))
    return {column.name: counts[column.name] for column in found}


def tell_placeholders(contract: Contract, counts: Mapping[str, int], notes: Notes) -> None:
    """Note how many placeholders columns held (`counts`)."""
    found = [name for name in contract.column_names if counts.get(name)]
    if found:
        told = joined(phrase("{count} of {column}", count=counts[name], column=name) for name in found)
        sentence = phrase("placeholders such as 1970-01-01, 9999-12-31 or NULL are read as missing: {told}", told=told)
        notes.warn("placeholders", sentence)
