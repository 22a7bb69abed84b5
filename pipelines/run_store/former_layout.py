"""Run folders as earlier releases left them, brought to the names that this one reads."""

from __future__ import annotations

import json
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.run_store.sealing import RESERVES

FORMER_RESERVES = "spares"
FORMER_NAMES = {"spare_goods.parquet": "reserve_skus.parquet", "spare_agents.parquet": "reserve_agents.parquet"}
"""Names that release 0.1.0 gave to the sub-folder of a run and to the files in it."""


def rename_reserves(folder: Path) -> bool:
    """Give a run's sub-folder of reserves and its files their names of today; returns whether anything was to do.

    The bytes of the files stay, and so do their hashes in the manifest, under the new names. Killed anywhere, it ends
    what it began when it is called again. The caller holds the published folder.
    """
    former = folder / FORMER_RESERVES
    was_moved = former.is_dir()
    if was_moved:
        for old, new in FORMER_NAMES.items():
            if (former / old).exists():
                (former / old).rename(former / new)
        former.rename(folder / RESERVES)
    return _rename_in_manifest(folder / run_store.MANIFEST) or was_moved


def _rename_in_manifest(path: Path) -> bool:
    if not path.exists():
        return False
    content = json.loads(path.read_text(encoding="utf-8"))
    files = {_new_name(name): digest for name, digest in content.get("files", {}).items()}
    if files == content.get("files", {}):
        return False
    run_store.replace_json(path, content | {"files": files})
    return True


def _new_name(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return f"{RESERVES}/{FORMER_NAMES.get(file, file)}" if folder == FORMER_RESERVES else name
