"""Settings of the copy of the published tables that engines read as Iceberg tables."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from xuanpin.pipelines.settings.section import Section
from xuanpin.pipelines.typed.phrase import phrase

_SECRET = re.compile(r"token|credential|secret|passw|access-key|account-key|sas|signature|private", re.IGNORECASE)
_PASSWORD = re.compile(r"//[^/@]*:[^/@]*@")
"""An address with a password in it."""


class IcebergSettings(Section):
    """A copy of the published tables as Iceberg tables, one tag a run; none unless `kind` says where."""

    kind: Literal["none", "local", "catalog"] = Field(
        "none",
        description="`local` writes an SQLite catalogue and its tables to HOME/published/iceberg, `catalog` to the one "
        "that `properties` name",
    )
    namespace: str = Field(
        "xuanpin",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="namespace of the tables; no two homes may share one of a catalogue",
    )
    properties: dict[str, str] = Field(
        {}, description="properties of the catalogue as pyiceberg calls them, such as type, uri and warehouse"
    )
    secret_variables: dict[str, str] = Field(
        {}, description="property of the catalogue or its storage = environment variable that holds it, such as token"
    )
    tagged_days: int = Field(
        30,
        ge=1,
        description="newest list dates whose runs are tagged; older list dates show their current run, untagged",
    )

    @field_validator("properties")
    @classmethod
    def _without_secrets(cls, properties: dict[str, str]) -> dict[str, str]:
        for name, value in properties.items():
            if _SECRET.search(name) or _PASSWORD.search(value):
                raise ValueError(
                    phrase(
                        "{name} is a secret; put it into an environment variable and its name into secret_variables",
                        name=name,
                    )
                )
        return properties

    @model_validator(mode="after")
    def _names_the_catalogue(self) -> IcebergSettings:
        known = self.properties.keys() | self.secret_variables.keys()
        if (self.kind == "catalog" and not known & {"type", "uri"}) or (self.kind == "local" and known):
            raise ValueError(phrase('write kind = "catalog" and the type and uri of the catalogue in properties'))
        return self
