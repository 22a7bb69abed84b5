"""Keeps a copy of the published tables as Iceberg tables: one tag a run, and what each list date shows on `main`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import DeliveryFailed
from xuanpin.pipelines.settings.iceberg import IcebergSettings
from xuanpin.pipelines.typed.phrase import phrase


@dataclass(frozen=True)
class IcebergCopy:
    """The copy that `settings` describe; the `environment` holds the secrets of its catalogue."""

    settings: IcebergSettings
    environment: Mapping[str, str]

    @property
    def name(self) -> str:
        """Its name in logs and answers."""
        return "iceberg"

    def catch_up(self, home: Home) -> int:
        """Bring the copy level with the runs of the home; return how many runs and list dates it shows anew.

        Raises DeliveryFailed where packages or secrets are missing, and where catalogue or storage fail.
        """
        if find_spec("pyiceberg") is None:
            raise DeliveryFailed(
                phrase("the packages of an Iceberg copy are not installed; install xuanpin with its extra `iceberg`")
            )
        # Loading the library takes half a second, which only those pay who have a copy.
        from xuanpin.pipelines.delivery.iceberg.catalogue import FAULTS, opened
        from xuanpin.pipelines.delivery.iceberg.copying import bring_level

        try:
            with opened(home, self.settings, self.environment) as place:
                return bring_level(place, home, self.settings.tagged_days, datetime.now(UTC))
        except FAULTS as error:
            # Its text may quote an address with a password, or rows.
            raise DeliveryFailed(
                phrase(
                    "the catalogue or the files of the Iceberg copy failed ({kind}); see [publish.iceberg]",
                    kind=type(error).__name__,
                )
            ) from None
