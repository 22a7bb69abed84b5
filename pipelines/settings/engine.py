"""Settings of the engine: what it may use of a machine, and where it works on more than one."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from xuanpin.pipelines.settings.section import Section
from xuanpin.pipelines.typed.phrase import phrase

_MEMORY = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT]i?B)", re.IGNORECASE)
_ADDRESS = re.compile(
    r"sc://(?:[^\s/:;\[\]]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?:/(?:;[^\s;=]+=[^\s;]*)*)?", re.IGNORECASE
)
_DATABASE_SHARE = 0.6


class EngineSettings(Section):
    """What a night may use of its machine, and the cluster that it works on where one machine is too small."""

    memory_limit: str = Field(
        "8GB", description="memory of the whole process, such as 4GB; the database gets three fifths and then spills"
    )
    threads: int = Field(2, ge=1, le=1_024, description="threads of the engine")
    kind: Literal["duckdb", "spark"] = Field(
        "duckdb", description="duckdb does all work on this machine; spark does the large work on a cluster"
    )
    address: str | None = Field(
        None, description="Spark Connect server, such as sc://spark.internal:15002; its token is never written here"
    )
    connection: str | None = Field(
        None, description="id of the connection by which Airflow knows the cluster and its token, instead of address"
    )
    lake: str | None = Field(
        None,
        description="folder in which the cluster keeps large tables, as its workers name it: a path that all of them "
        "see, s3a://… or hdfs://…; spark needs it",
    )
    driver_rows: int = Field(
        1_000_000, ge=0, description="rows up to which a table that the cluster made comes to this machine"
    )

    @field_validator("memory_limit")
    @classmethod
    def _as_the_engine_reads_it(cls, limit: str) -> str:
        if not _MEMORY.fullmatch(limit):
            raise ValueError(phrase("write a number and its unit, such as 512MB or 8GB"))
        return limit

    @field_validator("address")
    @classmethod
    def _of_a_connect_server(cls, address: str | None) -> str | None:
        if address is not None and "token=" in address:
            raise ValueError(phrase("a token is not for a file: take it out and set XUANPIN_SPARK_TOKEN to it"))
        if address is not None and not _ADDRESS.fullmatch(address):
            raise ValueError(phrase("write the address of a Spark Connect server, such as sc://localhost:15002"))
        return address

    @model_validator(mode="after")
    def _complete(self) -> EngineSettings:
        if self.kind == "spark" and (self.lake is None or not (self.address or self.connection)):
            raise ValueError(
                phrase('kind = "spark" needs address or connection, the cluster, and lake, its folder for large tables')
            )
        return self

    @property
    def database_memory(self) -> str:
        """What the database may take of the memory limit, in its unit; the rest is for what steps hold in Python."""
        number, unit = _MEMORY.findall(self.memory_limit)[0]
        return f"{float(number) * _DATABASE_SHARE:.6g}{unit}"
