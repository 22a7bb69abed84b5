"""A small catalogue by REST, as the standard describes it, in front of one in SQLite."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pyiceberg.catalog.rest import CreateTableRequest, TableResponse
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, NamespaceAlreadyExistsError, NoSuchTableError
from pyiceberg.table import CommitTableRequest, StagedTable, Table

TOKEN = "a-token-that-nobody-may-see"
NOTHING = dict.fromkeys(("location", "partition-spec", "write-order"))
"""What a request leaves out."""
FAULTS = {NoSuchTableError: 404, NamespaceAlreadyExistsError: 409, CommitFailedException: 409}


@contextmanager
def rest_catalogue(folder: Path) -> Iterator[str]:
    """Serve a catalogue whose tables are in `folder` for as long as the block lasts; yield its address."""
    folder.mkdir()
    tables = {"uri": f"sqlite:///{folder}/catalog.db", "warehouse": f"file://{folder}"}
    with SqlCatalog("served", **tables) as catalog:
        handler = type("Handler", (_Handler,), {"catalog": catalog})
        with HTTPServer(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    catalog: SqlCatalog

    def do_GET(self) -> None:
        match self.path.split("/")[2:]:
            case ["config"]:
                self._answer({"defaults": {}, "overrides": {}})
            case ["namespaces", namespace, "tables", name]:
                self._try(lambda: self._table(self.catalog.load_table((namespace, name))))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        match self.path.split("/")[2:]:
            case ["namespaces"]:
                self._try(lambda: self._namespace(json.loads(body)["namespace"]))
            case ["namespaces", namespace, "tables"]:
                self._try(lambda: self._staged(namespace, CreateTableRequest(**NOTHING | json.loads(body))))
            case ["namespaces", namespace, "tables", name]:
                self._try(lambda: self._committed((namespace, name), CommitTableRequest.model_validate_json(body)))

    def _namespace(self, name: list[str]) -> dict[str, Any]:
        self.catalog.create_namespace(tuple(name))
        return {"namespace": name, "properties": {}}

    def _staged(self, namespace: str, asked: CreateTableRequest) -> BaseModel:
        assert asked.stage_create and asked.partition_spec is not None
        change = self.catalog.create_table_transaction(
            (namespace, asked.name), asked.table_schema, None, asked.partition_spec, properties=asked.properties
        )
        return TableResponse(metadata=change.table_metadata)

    def _committed(self, name: tuple[str, str], asked: CommitTableRequest) -> BaseModel:
        try:
            table = self.catalog.load_table(name)
        except NoSuchTableError:
            staged = self.catalog.create_table_transaction(name, asked_schema(asked))
            table = StagedTable(name, staged.table_metadata, "", staged._table.io, self.catalog)
        return self.catalog.commit_table(table, asked.requirements, asked.updates)

    def _table(self, table: Table) -> BaseModel:
        return TableResponse(**{"metadata-location": table.metadata_location, "metadata": table.metadata})

    def _try(self, act: Any) -> None:
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._fault(401, "NotAuthorizedException", "who are you?")
            return
        try:
            self._answer(act())
        except tuple(FAULTS) as error:
            self._fault(FAULTS[type(error)], type(error).__name__, str(error))

    def _fault(self, status: int, kind: str, message: str) -> None:
        self._answer({"error": {"message": message, "type": kind, "code": status}}, status)

    def _answer(self, content: BaseModel | dict[str, Any], status: int = 200) -> None:
        text = content.model_dump_json() if isinstance(content, BaseModel) else json.dumps(content)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


def asked_schema(asked: CommitTableRequest) -> Any:
    """The schema that a commit gives to a table which it makes."""
    return next(update.schema_ for update in asked.updates if update.action == "add-schema")
