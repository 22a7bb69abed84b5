"""Tells of what people and failures do to published lists: a recall, an approval, a kept list, one taken back.

A night tells of its own steps as they are done. What happens after it is read off the journal, as deliveries are: each
entry is one run of a job, under the same id however often it is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import TABLES
from xuanpin.pipelines.errors import DeliveryFailed, UsageError
from xuanpin.pipelines.lineage.places import published_places
from xuanpin.pipelines.run_store import journal
from xuanpin.pipelines.settings.lineage import LineageSettings
from xuanpin.pipelines.typed.phrase import phrase

if TYPE_CHECKING:  # the library of events is an extra, and loading it takes a while
    from openlineage.client.transport import Transport

    from xuanpin.pipelines.lineage.datasets import Seen

READ: Mapping[journal.Kind, str] = {
    "approved": "run",
    "recalled": "published",
    "fallback": "published",
    "withdrawn": "published",
}
"""Kinds of entries that are told, and the schema of the tables that each is made of."""


class Publications:
    """The receiver of these events, by `settings`; `environment` holds the variables that they name."""

    name = "lineage"

    def __init__(self, settings: LineageSettings, environment: Mapping[str, str]) -> None:
        self._settings, self._environment = settings, environment

    def catch_up(self, home: Home) -> int:
        """Send what is new in the journal; return how many events; the first of all begins with the newest entry.

        Raises DeliveryFailed where they are not taken.
        """
        newest, last = journal.last_number(home), _last(home)
        after = last if last is not None and last <= newest else max(newest - 1, 0)
        new = [change for change in journal.changes(home, after) if change.kind in READ]
        if new:
            self._send(home, new)
        if newest != last:
            home.delivery.mkdir(mode=0o700, exist_ok=True)
            run_store.replace_json(home.delivery / "lineage.json", {"number": newest})
        return len(new)

    def _send(self, home: Home, new: Sequence[journal.Change]) -> None:
        try:
            from xuanpin.pipelines.lineage.sending import transport_of

            transport = transport_of(self._settings, self._environment)
        except (ImportError, OSError, KeyError, ValueError) as error:
            raise _not_sent(error) from None
        try:
            for change in new:
                self._emit(transport, home, change)
        except (OSError, RuntimeError, ValueError) as error:
            raise _not_sent(error) from None
        finally:
            transport.close()

    def _emit(self, transport: Transport, home: Home, change: journal.Change) -> None:
        from xuanpin.pipelines.lineage.datasets import input_dataset, output_dataset
        from xuanpin.pipelines.lineage.events import publication_event

        namespace, read = self._settings.namespace, READ[change.kind]
        source = change.run if read == "run" else change.previous
        inputs = _seen(home, read, source) if source is not None else {}
        outputs = _seen(home, "published", change.shown)
        transport.emit(
            publication_event(
                namespace,
                change,
                [input_dataset(namespace, table, seen) for table, seen in inputs.items()],
                [output_dataset(namespace, table, seen) for table, seen in outputs.items()],
            )
        )


def _seen(home: Home, schema: str, run: run_store.CurrentRun | None) -> dict[str, Seen]:
    """Describe the published tables of a run by its manifest; of no run, which is what readers see then, by name."""
    from xuanpin.pipelines.lineage.datasets import Seen, columns_by_contract

    rows: Mapping[str, int] = {}
    if run is not None:
        with suppress(OSError, UsageError):
            rows = run_store.manifest(home, run).get("row_counts", {})
    return {
        table: Seen(
            columns_by_contract(table),
            rows.get(name),
            places=published_places(table, home),
            version=None if run is None else run.run_id,
        )
        for name in TABLES["published"]
        for table in [f"{schema}.{name}"]
    }


def _last(home: Home) -> int | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        return int(json.loads((home.delivery / "lineage.json").read_text(encoding="utf-8"))["number"])
    return None


def _not_sent(error: Exception) -> DeliveryFailed:
    # What it says may hold the key, or an address.
    return DeliveryFailed(
        phrase("events of lineage cannot be sent ({kind}); see [lineage] in the settings", kind=type(error).__name__)
    )
