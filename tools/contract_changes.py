"""Holds the contracts against those of the last release: `python -m tools.contract_changes`, part of `make check`.

It fails on a change that breaks readers of what is published, or suppliers of sources, unless the major version of the
contract rises, and on an addition under the version that was released. `--list` prints every change.

A text that is written otherwise may mean something else. `--reworded PLACE…` (`published.sku_list.score`, or
`*.score`) says that these mean what they meant, in tools/contracts_reworded.yaml, where a review sees it.
`--release` describes the contracts anew in tools/contracts_released.yaml, once CHANGELOG.md has the day of the release.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from configparser import ConfigParser
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from tools.contract_facts import Facts, described
from tools.contract_judges import Change, contract_changes
from xuanpin.pipelines.contracts import OPTIONAL

ROOT = Path(__file__).resolve().parents[1]
RELEASED = Path("tools") / "contracts_released.yaml"
REWORDED = Path("tools") / "contracts_reworded.yaml"
RELEASED_HEAD = """# What the contracts promised in the last release, which others rely on: never edit it.
# `python -m tools.contract_changes` compares the contracts with it, and with --release writes it.
"""
REWORDED_HEAD = """# Texts of contracts that are written otherwise than in the last release and mean the same.
# `python -m tools.contract_changes --reworded PLACE…` writes a line with a digest of both texts; a release empties it.
"""
_LINE = 120
"""Characters of a note."""


@dataclass(frozen=True)
class Compared:
    """One contract beside its release: what changed in `place`, and its versions, those of the program where one side
    has no such contract."""

    place: str
    found: tuple[Change, ...]
    before: str
    now: str

    @property
    def is_major(self) -> bool:
        """Whether the version says that others have to look."""
        return _numbers(self.now)[0] > _numbers(self.before)[0]

    def raised(self, part: int) -> str:
        """The next version that is higher in its `part`, 0 for major and 1 for minor."""
        numbers = _numbers(self.before)
        return ".".join(str(number) for number in [*numbers[:part], numbers[part] + 1, 0, 0][:3])


def main(words: Sequence[str], root: Path = ROOT) -> int:
    """Do what the command line `words` ask for on the tree at `root`; return the exit code."""
    if words[:1] == ["--reworded"] and len(words) > 1:
        print(reworded(words[1:], root))
        return 0
    if words not in ([], ["--list"], ["--release"]):
        print("usage: python -m tools.contract_changes [--list | --reworded PLACE… | --release]", file=sys.stderr)
        return 2
    contracts, same = compared(root), declared(root)
    found = [*stale(contracts, same), *release_faults(root, is_releasing=words == ["--release"])]
    found += [fault for contract in contracts for fault in faults(contract, same)]
    if words == ["--release"] and not found:
        write_release(root)
    every = [told(change) for contract in contracts for change in contract.found]
    shown = every if words == ["--list"] else [note for contract in contracts for note in notes(contract, same)]
    count = f"{len(contracts)} contracts, {len(every)} changes since the last release, {len(found)} faults"
    print("\n".join([*shown, *found, count]))
    return 1 if found else 0


def compared(root: Path) -> list[Compared]:
    """Each contract of the tree at `root` beside that of the last release."""
    last, now = _yaml(root / RELEASED), described(root / "data_contracts", OPTIONAL)
    return [
        _compared(place, last["contracts"].get(place), now.get(place), (last["release"], own_version(root)))
        for place in now | last["contracts"]
    ]


def _compared(place: str, old: Facts | None, new: Facts | None, releases: tuple[str, str]) -> Compared:
    before, now = (old["version"], new["version"]) if old and new else releases
    return Compared(place, tuple(contract_changes(place, old, new)), before, now)


def faults(contract: Compared, same: Mapping[str, str]) -> Iterator[str]:
    """What `contract` may not do under its version; `same` are the digests of texts that mean the same, by place."""
    if _numbers(contract.now) < _numbers(contract.before):
        yield f"{contract.place}: version {contract.now} is lower than the released {contract.before}"
    if contract.is_major:
        return
    for change in broken(contract, same):
        yield f"{told(change)}; {_advice(change, contract)}"
    additions = [change for change in contract.found if change.weight == "allowed" and change.kind != "table"]
    if additions and _numbers(contract.now)[:2] == _numbers(contract.before)[:2]:
        yield (
            f"{contract.place}: additions under the released version {contract.before}: {len(additions)}, first "
            f"{told(additions[0])}; write version: {contract.raised(1)}"
        )


def notes(contract: Compared, same: Mapping[str, str]) -> Iterator[str]:
    """What `contract` breaks under a higher major version: readers will ask. A long text is left to --list."""
    if contract.is_major:
        for change in broken(contract, same):
            whole = told(change)
            said = whole if len(whole) <= _LINE else f"{change.place}: {change.kind} is another, see --list"
            yield f"{said}; allowed by version {contract.now} after {contract.before}"


def broken(contract: Compared, same: Mapping[str, str]) -> list[Change]:
    """The changes that break, and texts that nobody has said to mean the same."""
    return [
        change
        for change in contract.found
        if change.weight == "breaking" or (change.weight == "wording" and digest(change) not in same.values())
    ]


def _advice(change: Change, contract: Compared) -> str:
    where = "version of setup.cfg" if change.kind == "table" else f"version of {contract.place}"
    raised = f"raise the {where} to {contract.raised(0)}"
    if change.weight == "wording":
        return f"if it means the same, python -m tools.contract_changes --reworded {change.place}; if not, {raised}"
    return f"take it back, or {raised}"


def told(change: Change) -> str:
    """One change in words: where, what, before and now."""
    before, now = _differing(change.before, change.now)
    if change.now is None:
        return f"{change.place}: {change.kind} is gone" + ("" if before == "there" else f": {before}")
    if change.before is None:
        return f"{change.place}: {change.kind} is new" + ("" if now == "there" else f": {now}")
    return f"{change.place}: {change.kind} was {before}, is {now}"


def _differing(before: Any, now: Any) -> tuple[Any, Any]:
    """Of texts in two languages those that changed."""
    if not isinstance(before, list) or not isinstance(now, list) or len(before) != len(now):
        return before, now
    pairs = [(old, new) for old, new in zip(before, now, strict=True) if old != new]
    return " ".join(old for old, _ in pairs), " ".join(new for _, new in pairs)


def digest(change: Change) -> str:
    """Name a change of words by both texts, so that another change of the same text is not taken for it."""
    text = json.dumps([change.before, change.now], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def declared(root: Path) -> dict[str, str]:
    """The texts that are said to mean the same: digests by place, the first where several have it."""
    return dict(_yaml(root / REWORDED) or {})


def reworded(patterns: Sequence[str], root: Path) -> str:
    """Declare the texts at places that fit the `patterns`, forget those that are as they were; return what is told."""
    changed: dict[str, Change] = {}
    for change in _wordings(compared(root)):
        changed.setdefault(digest(change), change)
    same = {place: name for place, name in declared(root).items() if name in changed}
    fitting = {change.place: name for name, change in changed.items() if _fits(change.place, patterns)}
    new = {place: name for place, name in fitting.items() if name not in same.values()}
    lines = [f"{place}: {name}\n" for place, name in sorted((same | new).items())]
    (root / REWORDED).write_text("".join([REWORDED_HEAD, *lines]), encoding="utf-8")
    return "\n".join([*(told(changed[name]) for name in new.values()), f"{len(new)} texts declared to mean the same"])


def _fits(place: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(place, pattern) for pattern in patterns)


def _wordings(contracts: Iterable[Compared]) -> Iterator[Change]:
    return (change for contract in contracts for change in contract.found if change.weight == "wording")


def stale(contracts: Iterable[Compared], same: Mapping[str, str]) -> list[str]:
    """Declarations of texts that have changed once more, or back."""
    current = {digest(change) for change in _wordings(contracts)}
    return [
        f"{REWORDED}: {place}: there is no such change; remove the line"
        for place, name in same.items()
        if name not in current
    ]


def release_faults(root: Path, is_releasing: bool) -> list[str]:
    """Whether the description is of the newest release that CHANGELOG.md has a day for, or will be."""
    dated = re.search(r"^## (\d+\.\d+\.\d+) · ", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    newest = dated[1] if dated else "none"
    if is_releasing and newest != own_version(root):
        return [f"CHANGELOG.md has no day for {own_version(root)}, the version in setup.cfg; a release begins there"]
    described_release = _yaml(root / RELEASED)["release"]
    if not is_releasing and newest != described_release:
        return [f"{RELEASED} describes {described_release}, and {newest} is released; run it with --release"]
    return []


def write_release(root: Path) -> None:
    """Describe the contracts of the tree at `root` as those of its version."""
    contracts = described(root / "data_contracts", OPTIONAL)
    (root / RELEASED).write_text(release_text(own_version(root), contracts), encoding="utf-8")
    (root / REWORDED).write_text(REWORDED_HEAD, encoding="utf-8")


def release_text(release: str, contracts: Facts) -> str:
    """The file that describes the `contracts` of a `release`, a fact a line."""
    content = {"release": release, "contracts": contracts}
    return RELEASED_HEAD + yaml.dump(
        content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=1000, default_flow_style=None
    )


def own_version(root: Path) -> str:
    """The version in setup.cfg of the tree at `root`."""
    parser = ConfigParser()
    parser.read(root / "setup.cfg", encoding="utf-8")
    return parser["metadata"]["version"]


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _yaml(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
