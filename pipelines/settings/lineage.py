"""Settings of lineage: whether OpenLineage events are written, and where to."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator, model_validator

from xuanpin.pipelines.settings.outbox import is_safe, is_web
from xuanpin.pipelines.settings.section import Section
from xuanpin.pipelines.typed.phrase import phrase


class LineageSettings(Section):
    """Events of OpenLineage about each step: which tables it reads and writes and what their columns are made of.

    They hold names, counts and times, never a row.
    """

    kind: Literal["none", "file", "http"] = Field(
        "none", description="none tells nobody; file appends a line an event to path; http posts each to address"
    )
    path: Path | None = Field(
        None, description="file that events are appended to; relative to the settings file, and grows until it is moved"
    )
    address: str | None = Field(
        None, description="address that takes events, such as https://marquez.example/api/v1/lineage"
    )
    token_variable: str | None = Field(
        None, description="environment variable that holds the key sent with each event as a bearer token"
    )
    namespace: str = Field(
        "xuanpin", min_length=1, description="namespace of the jobs and tables; one that no other deployment has"
    )
    timeout_seconds: float = Field(
        2.0,
        gt=0,
        description="seconds after which an answer is given up, and at most added to a night or task by waiting",
    )

    @field_validator("path")
    @classmethod
    def _beside_the_settings(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        folder = (info.context or {}).get("folder")
        return path if path is None or folder is None else Path(folder) / path

    @field_validator("address")
    @classmethod
    def _without_a_password(cls, address: str | None) -> str | None:
        if address is None:
            return address
        if not is_web(address):
            raise ValueError(
                phrase("write the address of a web service, such as https://marquez.example/api/v1/lineage")
            )
        if urlsplit(address).username or urlsplit(address).password:
            raise ValueError(phrase("a password is not for a file: name the variable that holds it in token_variable"))
        return address

    @model_validator(mode="after")
    def _complete(self) -> LineageSettings:
        if self.kind == "file" and self.path is None:
            raise ValueError(phrase('kind = "file" needs path, the file that events are appended to'))
        if self.kind == "http" and self.address is None:
            raise ValueError(phrase('kind = "http" needs address, which takes the events'))
        if self.token_variable and self.address and not is_safe(self.address):
            raise ValueError(phrase("a token goes to an https address alone; http is for this machine"))
        return self
