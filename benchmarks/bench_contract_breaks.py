"""Which breaking edits of a contract the standard's own tool calls errors, and which ours finds.

`python -m benchmarks.bench_contract_breaks` makes each edit of tests/support/contract_edits.py in a published contract
that it fits, and asks `datacontract breaking` from both sides, and our rules. `make contracts` installs the tool.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from tests.support.contract_edits import BREAKING, Edit
from tools.contract_facts import table_facts
from tools.contract_judges import contract_changes
from tools.contract_standard import TOOL
from xuanpin.pipelines.contracts import TABLES, complete_document

PERSPECTIVES = ("consumer", "producer")
Document = dict[str, Any]


def main() -> int:
    """Print one line an edit: who calls it an error; return 0."""
    print(f"{'edit':32} {'contract':16} {'consumer':9} {'producer':9} ours")
    with tempfile.TemporaryDirectory() as folder:
        for name, edit in BREAKING.items():
            if "published" in edit.sides:
                table, before, now = edited(edit)
                told = [is_error(before, now, side, Path(folder)) for side in PERSPECTIVES]
                words = ["error" if is_told else "-" for is_told in [*told, is_ours(table, before, now)]]
                print(f"{name:32} {table:16} {words[0]:9} {words[1]:9} {words[2]}")
    return 0


def edited(edit: Edit) -> tuple[str, Document, Document]:
    """The first published table that an edit fits, its contract, and the contract with the edit."""
    for table in TABLES["published"]:
        before = complete_document(table)
        for place in range(1 if edit.is_of_table else len(before["schema"][0]["properties"])):
            now = deepcopy(before)
            found = now["schema"][0]
            if edit.write(found if edit.is_of_table else found["properties"][place]):
                return table, before, now
    raise ValueError(f"no published contract has what is edited: {edit.kind}")


def is_error(before: Document, now: Document, perspective: str, folder: Path) -> bool:
    """Whether the tool ends with an error."""
    files = [folder / "before.odcs.yaml", folder / "now.odcs.yaml"]
    for file, document in zip(files, (before, now), strict=True):
        file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    words = [str(TOOL), "breaking", "--perspective", perspective, *map(str, files)]
    return subprocess.run(words, capture_output=True, check=False).returncode != 0


def is_ours(table: str, before: Document, now: Document) -> bool:
    """Whether our rules want a major version, or to be told that a text means the same."""
    found = contract_changes(f"published.{table}", table_facts(before, {}), table_facts(now, {}))
    return any(change.weight != "allowed" for change in found)


if __name__ == "__main__":
    sys.exit(main())
