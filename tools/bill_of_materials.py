"""Writes sbom.json, a CycloneDX bill of materials: `python -m tools.bill_of_materials`; `--check` audits the pins.

It lists what setup.cfg asks for and all that comes with it, as installed, with version and licence: `required` for what
a deployment runs, `optional` for what only this checkout needs. The audit fails where the file is not current, a
distribution has no pin or another version than its pin, or one that a deployment runs has a licence that is not in
ALLOWED. It asks no service: faults that became known of a version, and versions that were withdrawn, it cannot know.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from tools.renew_pins import PINS, normal_name

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "sbom.json"
ALLOWED = re.compile(
    r"\b(MIT|MIT-0|Apache|BSD|0BSD|ISC|ISCL|PSF|Python Software Foundation|CNRI-Python|Unlicense|Zlib|CC0-1\.0|"
    r"Public[ -]Domain|MPL|Mozilla|Artistic)\b",
    re.IGNORECASE,
)
"""Licences that let a shop run, change and pass on the whole; those of the Mozilla kind bind only their own files."""


@dataclass(frozen=True)
class Part:
    """One distribution: its `licence` as it states it, '' where it states none, and whether a deployment runs it."""

    name: str
    version: str
    licence: str
    is_required: bool


def main(words: list[str]) -> int:
    """Write the file, or hold it against what is installed where `words` has --check; return 1 for faults, else 0."""
    found = parts((ROOT / "setup.cfg").read_text(encoding="utf-8"), installed())
    text = document(found)
    faults = audit(found, pinned(PINS.read_text(encoding="utf-8")))
    if "--check" not in words:
        FILE.write_text(text, encoding="utf-8")
    elif not FILE.exists() or FILE.read_text(encoding="utf-8") != text:
        faults.append(f"{FILE.name} is not current; run python -m tools.bill_of_materials and look at what changed")
    print("\n".join([*faults, f"{len(found)} distributions, {len(faults)} faults"]))
    return 1 if faults else 0


def installed() -> dict[str, Distribution]:
    """Return the installed distributions by normal name."""
    return {normal_name(each.metadata["Name"]): each for each in distributions()}


def pinned(text: str) -> dict[str, str]:
    """Return the version that constraints.txt (`text`) pins of each distribution."""
    lines = [line for line in text.splitlines() if "==" in line and not line.startswith("#")]
    return {name: version for name, _, version in (line.partition("==") for line in lines)}


def parts(settings: str, known: Mapping[str, Distribution]) -> list[Part]:
    """Return what the requirements in the text of setup.cfg (`settings`) bring, by name.

    Tools that are only measured beside ours (extra `bench`) are left out: they are in no other environment.
    """
    parser = ConfigParser()
    parser.read_string(settings)
    required = closure(parser["options"]["install_requires"].split(), known)
    every = required | closure(parser["options.extras_require"]["dev"].split(), known)
    return [Part(name, known[name].version, licence(known[name]), name in required) for name in sorted(every)]


def closure(wanted: Iterable[str], known: Mapping[str, Distribution]) -> set[str]:
    """Return the names of the distributions among `known` that the requirements `wanted` bring, with extras."""
    waiting, seen = [Requirement(line) for line in wanted], set[tuple[str, str]]()
    while waiting:
        asked = waiting.pop()
        name = normal_name(asked.name)
        for extra in ("", *asked.extras):
            if name in known and (name, extra) not in seen:
                seen.add((name, extra))
                needs = [Requirement(line) for line in known[name].requires or []]
                waiting += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]
    return {name for name, _ in seen}


def licence(distribution: Distribution) -> str:
    """Return the licence that a distribution states: alternatives with `;` between where it names several."""
    stated = {field: distribution.metadata.get_all(field) or [""] for field in ("License-Expression", "License")}
    classes = distribution.metadata.get_all("Classifier") or []
    names = [line.split(" :: ")[-1] for line in classes if line.startswith("License :: ")]
    text = stated["License"][0].strip().partition("\n")[0]
    return stated["License-Expression"][0] or "; ".join(names) or text[:80]


def is_allowed(stated: str) -> bool:
    """Whether one of the alternatives of a stated licence is allowed in each of its parts."""
    alternatives = re.split(r";|\bOR\b", stated)
    return any(all(ALLOWED.search(part) for part in re.split(r"\bAND\b", each)) for each in alternatives)


def audit(found: Iterable[Part], pins: Mapping[str, str]) -> list[str]:
    """Return a line for each part without its pin, or that a deployment runs under a licence that is not allowed."""
    faults = []
    for part in found:
        if pins.get(part.name) != part.version:
            pin = pins.get(part.name, "no pin")
            faults.append(
                f"{part.name} {part.version} is installed, constraints.txt has {pin}; run make pins, or install again"
            )
        if part.is_required and not is_allowed(part.licence):
            stated = part.licence or "no licence"
            faults.append(
                f"{part.name} {part.version} states {stated}, which is not allowed; replace it, or read the licence"
            )
    return faults


def document(found: Iterable[Part]) -> str:
    """Return the bill of materials as the text of a CycloneDX file; the same parts give the same bytes."""
    content = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "xuanpin", "licenses": [_stated("Apache-2.0")]}},
        "components": [_component(part) for part in found],
    }
    return json.dumps(content, indent=1) + "\n"


def _component(part: Part) -> dict[str, Any]:
    purl = f"pkg:pypi/{part.name}@{part.version}"
    facts: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": part.name, "version": part.version}
    facts |= {"purl": purl, "scope": "required" if part.is_required else "optional"}
    return facts | ({"licenses": [_stated(part.licence)]} if part.licence else {})


def _stated(name: str) -> dict[str, Any]:
    return {"license": {"name": name}}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
