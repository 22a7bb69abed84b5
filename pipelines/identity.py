"""Names a run by a hash of all that decided it, so that the same inputs give the same name and the same bytes."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.missing.tonight import missing_sources

# What cannot change a computed row: where, when and how fast the work is done, by what its checks are repeated, who
# approves it or hears of it, how long results are kept.
NOT_DECISIVE = {
    "desk", "engine", "lineage", "notify", "outbox", "publish", "quality", "retention", "review", "schedule", "sources",
}  # fmt: skip
CODE_PACKAGES = ("xuanpin.models", "xuanpin.pipelines", "xuanpin.sql", "xuanpin.data_contracts")
CODE_SUFFIXES = {".py", ".sql", ".yaml", ".csv", ".j2", ".js", ".css"}


def run_identity(night: Night) -> str:
    """Hash the rows visible at the as-of date, the deciding settings, code and model versions and the run before.

    Returns 64 hexadecimal digits. The clock, the machine, `commission_rate` and rows known later have no part in it.
    """
    missing = missing_sources(night)
    content = ({"missing": missing} if missing else {}) | {
        "as_of_date": night.as_of_date.isoformat(),
        "rows": source_fingerprints(night),
        "settings": night.settings.model_dump(mode="json", exclude=NOT_DECISIVE),
        "code": code_version(),
        "models": model_versions(night),
        "previous_run_id": previous_run_id(night),
    }
    return _digest(json.dumps(content, sort_keys=True, ensure_ascii=False))


def previous_run_id(night: Night) -> str | None:
    """Return the current run of the published list date before this one, or None on the first night."""
    earlier = run_store.earlier_run(night.home, night.list_date)
    return earlier.run_id if earlier else None


def derived_identity(**parts: Any) -> str:
    """Hash `parts`, all that a fallback or a recalled run was made from, with the code; 64 hexadecimal digits."""
    return _digest(json.dumps(parts | {"code": code_version()}, sort_keys=True, ensure_ascii=False))


def table_digest(table: pa.Table) -> str:
    """Hash a table's rows in their order, column by column: 64 hexadecimal digits, the same however they are chunked.

    As text, 150,000 rows would take a second.
    """
    digest = hashlib.sha256()
    for name in sorted(table.column_names):
        digest.update(f"{name}: {table.schema.field(name).type}\n".encode())
        for part in _values(table[name].combine_chunks()):
            digest.update(part)
    return digest.hexdigest()


def _values(column: pa.Array) -> Iterator[bytes]:
    """Yield which values of a column are null, how long those are that have a length, and then the values."""
    if isinstance(column, pa.ChunkedArray):  # one without rows stays in chunks
        column = pa.concat_arrays(column.chunks) if column.chunks else pa.array([], column.type)
    kind = column.type
    yield pc.is_valid(column).cast(pa.uint8()).to_numpy(zero_copy_only=False).tobytes()
    if pa.types.is_list(kind):
        yield pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False).tobytes()
        yield from _values(column.flatten())
    elif pa.types.is_struct(kind):
        for field in column.flatten():
            yield from _values(field)
    elif pa.types.is_temporal(kind) or pa.types.is_primitive(kind):
        numbers = column.cast(pa.int32()) if pa.types.is_date32(kind) else column
        yield pc.fill_null(numbers, pa.scalar(0).cast(numbers.type)).to_numpy(zero_copy_only=False).tobytes()
    else:
        texts = pc.fill_null(column.cast(pa.string()), "")
        yield pc.binary_length(texts).to_numpy(zero_copy_only=False).tobytes()
        yield "".join(texts.to_pylist()).encode()


def source_fingerprints(night: Night) -> dict[str, str]:
    """Return one hash a source table over the rows a run for this as-of date may see, in whatever order they came."""
    rows = night.engine.select("arrival_fingerprints", as_of_date=night.as_of_date).to_pylist()
    parts: dict[str, list[str]] = {}
    for row in rows:
        parts.setdefault(row["table_name"], []).append(f"{row['known_on']}:{row['fingerprint']}")
    return {table: _digest("\n".join(days)) for table, days in parts.items()}


def model_versions(night: Night) -> list[str]:
    """Return the names of the learned models this run may use: those trained on data up to its as-of date."""
    # Models draw on libraries that a recall, which only names its run, should not wait for.
    from xuanpin.pipelines.feedback.whole_models import is_whole

    versions = []
    for manifest in sorted(night.home.models.glob("*/*/metrics.json")):
        version = manifest.parent.name
        if manifest.parent.parent.name.endswith("_rejected") or not is_whole(manifest.parent):
            continue
        if version[:10] <= night.as_of_date.isoformat():
            versions.append(f"{manifest.parent.parent.name}/{version}")
    return versions


@cache
def code_version() -> str:
    """Hash the project's own code, SQL, contracts, word lists and page as installed."""
    return package_digest(CODE_PACKAGES)


def package_digest(packages: tuple[str, ...]) -> str:
    """Hash the files of code in `packages`, by full name, and in what lies below them; 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for package in packages:
        root = Path(str(importlib.import_module(package).__file__)).parent
        for path in sorted(root.rglob("*")):
            if path.suffix in CODE_SUFFIXES and "demo" not in path.relative_to(root).parts:
                digest.update(f"{package}/{path.relative_to(root).as_posix()}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def watermarks(night: Night) -> dict[str, Any]:
    """Return per source table the newest day this run saw and the number of row versions up to it."""
    rows = night.engine.select("arrival_watermarks", as_of_date=night.as_of_date).to_pylist()
    return {
        row["table_name"]: {"known_on": row["newest"].isoformat(), "row_versions": row["row_versions"]} for row in rows
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
