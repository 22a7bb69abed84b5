"""Has the contract standard's own tool judge our contracts: `python -m tools.contract_standard HOME`, `make contracts`.

It lints every contract, and tests the published tables of the home's current run: columns and their types, keys,
bounds, words of enumerations, references and the rules in SQL, in the tool's own DuckDB. The tool has an environment of
its own, .venv-contracts, because it needs an older DuckDB. What it reads is written into a temporary folder, so that no
contract names a machine's paths. Freshness is not asked: the demo ends on a fixed day.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import yaml

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import TABLES, complete_document, table_names
from xuanpin.pipelines.engine.names import literal, quoted, quoted_table
from xuanpin.pipelines.quality.scope import night_names
from xuanpin.pipelines.run_store import current_run, run_folder

TOOL = Path(__file__).resolve().parents[1] / ".venv-contracts" / "bin" / "datacontract"
STORAGE = "v1.5.0"
"""The newest layout of database files that the tool's DuckDB reads."""
SERVER = "sample"
KNOWN = {
    "feedback_mentions__sku_id__field_primary_key_required": "a message about no SKU has an empty sku_id in its key",
}
"""What the tool finds and we mean: by check, why. As one of them always fails, a tool that reads nothing is noticed."""
Check = dict[str, Any]


def main(words: Sequence[str]) -> int:
    """Judge the contracts and the home named in `words`; print what is wrong and return 1, or 0 where nothing is."""
    if len(words) != 1:
        print("usage: python -m tools.contract_standard HOME", file=sys.stderr)
        return 2
    if not TOOL.exists():
        print(f"{TOOL} is missing; run make contracts, which installs it", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="xuanpin-contracts-") as name:
        refused = list(lint(Path(name)))
        checks = checked(sample(Home(Path(words[0])), Path(name)))
    wrong = sample_faults(checks)
    passed = sum(check["result"] == "passed" for check in checks)
    print(f"{len(table_names())} contracts linted, {len(refused)} refused")
    print(
        f"{len(TABLES['published'])} published tables: {passed} of {len(checks)} checks passed, {len(KNOWN)} must not"
    )
    print("\n".join([*refused, *wrong, f"{len(refused) + len(wrong)} faults"]))
    return 1 if refused or wrong else 0


def lint(folder: Path) -> Iterator[str]:
    """What the tool says of each contract that it refuses; `folder` takes the files that it reads."""
    files = [_written(folder / f"{name}.odcs.yaml", complete_document(name)) for name in table_names()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, done in zip(files, pool.map(lambda file: _run("lint", str(file)), files), strict=True):
            if done.returncode:
                yield f"{file.name}: {done.stdout}{done.stderr}"


def sample(home: Home, folder: Path) -> Path:
    """Make a database in `folder` of the published tables of the home's current run, and of what their rules look up
    in the warehouse; return its path.

    Raises ValueError where the home has no current run.
    """
    run = current_run(home)
    if run is None:
        raise ValueError(f"{home.root} has no current run; run a night first")
    database = folder / "sample.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {literal(str(database))} AS sample (STORAGE_VERSION {literal(STORAGE)})")
        connection.execute(f"ATTACH {literal(str(home.warehouse))} AS warehouse (READ_ONLY)")
        for name, table in night_names().items():
            file = run_folder(home, run) / f"{name}.parquet"
            is_published = name in TABLES["published"]
            rows = f"read_parquet({literal(str(file))}, hive_partitioning = false)"
            rows = rows if is_published else f"warehouse.{quoted_table(table)}"
            connection.execute(f"CREATE TABLE sample.{quoted(name)} AS SELECT * FROM {rows}")
    return database


def checked(database: Path) -> list[Check]:
    """Every check that the tool makes of the published tables in `database`, with its result; writes beside it.

    Raises CalledProcessError where the tool does not come to results.
    """
    contract = _written(database.with_name("published.odcs.yaml"), published_document(database))
    results = database.with_name("results.json")
    # The tool fills ${name} in a rule from its environment; here each table has its own name.
    names = {name: name for name in night_names()}
    words = ("--checks", "properties,quality", "--output", str(results), "--output-format", "json")
    done = _run("test", str(contract), *words, more=names)
    if not results.exists():
        raise subprocess.CalledProcessError(done.returncode, "datacontract test", done.stdout, done.stderr)
    checks: list[Check] = json.loads(results.read_text(encoding="utf-8"))["checks"]
    return checks


def sample_faults(checks: Sequence[Check]) -> list[str]:
    """Checks that did not pass although they should, and known failures that are none any more."""
    failed = {check["key"]: check for check in checks if check["result"] != "passed"}
    wrong = [
        f"{check['model']}.{check['field'] or '*'}: {check['name']}: {check['result']}: {check['reason']}"
        for key, check in failed.items()
        if key not in KNOWN
    ]
    return wrong + [f"{key}: {KNOWN[key]}, and the tool does not say so" for key in KNOWN if key not in failed]


def published_document(database: Path) -> dict[str, Any]:
    """All published contracts as one ODCS document, so that references between them are checked, served from
    `database`."""
    documents = [complete_document(name) for name in TABLES["published"]]
    return {
        **{key: documents[0][key] for key in ("apiVersion", "kind", "status")},
        "id": "xuanpin.published",
        "name": "published",
        "version": "1.0.0",
        "servers": [{"server": SERVER, "type": "duckdb", "database": str(database), "schema": "main"}],
        "schema": [document["schema"][0] for document in documents],
    }


def _written(file: Path, document: Mapping[str, Any]) -> Path:
    file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def _run(*words: str, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | dict(more or {})
    return subprocess.run([str(TOOL), *words], env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
