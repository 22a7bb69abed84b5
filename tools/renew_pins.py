"""Renews constraints.txt and those for Spark and for contracts: `python -m tools.renew_pins`, or `make pins`.

Installs what setup.cfg asks for, extras included, into a new virtual environment in a temporary folder, and pins every
distribution that came with it to the newest version which fits. Spark itself, in the version of its client, goes into a
second one, the tool of the contract standard into a third. The environment that runs this is not touched.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Mapping
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "constraints.txt"
SPARK_PINS = ROOT / "constraints-spark.txt"
CONTRACTS_PINS = ROOT / "constraints-contracts.txt"
CONTRACTS_TOOL = "datacontract-cli[duckdb]"
INSTALLERS = frozenset({"pip", "setuptools"})
"""What a new virtual environment begins with."""


def main() -> int:
    """Write the pins anew and print those that changed; return 0."""
    with tempfile.TemporaryDirectory() as folder:
        versions = newest(requirements((ROOT / "setup.cfg").read_text(encoding="utf-8")), Path(folder) / "own")
        spark = newest([f"pyspark=={versions['pyspark-client']}"], Path(folder) / "spark")
        contracts = newest([CONTRACTS_TOOL], Path(folder) / "contracts")
    told = _renewed(PINS, versions)
    for file, found in ((SPARK_PINS, spark), (CONTRACTS_PINS, contracts)):
        told += _renewed(file, {name: version for name, version in found.items() if name not in INSTALLERS})
    print("\n".join([*told, "now run make check and make test"]))
    return 0


def _renewed(file: Path, versions: Mapping[str, str]) -> list[str]:
    former = file.read_text(encoding="utf-8")
    renewed = constraints(former, versions)
    file.write_text(renewed, encoding="utf-8")
    return [*differences(former, renewed), f"{len(versions)} pins in {file.name}"]


def requirements(settings: str) -> list[str]:
    """Return every requirement in the text of setup.cfg, of the package and of all its extras, once and sorted."""
    parser = ConfigParser()
    parser.read_string(settings)
    groups = [parser["options"]["install_requires"], *parser["options.extras_require"].values()]
    return sorted({line.strip() for group in groups for line in group.splitlines() if line.strip()})


def newest(wanted: Iterable[str], folder: Path) -> dict[str, str]:
    """Install the requirements `wanted` into a new environment in `folder`; return the version of each distribution.

    Raises CalledProcessError where they cannot be installed together; pip has then said why.
    """
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--upgrade", "pip", *wanted], check=True)
    listed = subprocess.run([*pip, "list", "--format=json"], check=True, stdout=subprocess.PIPE, text=True)
    return {each["name"]: each["version"] for each in json.loads(listed.stdout)}


def constraints(former: str, versions: Mapping[str, str]) -> str:
    """Return the new text of the file: the comments that `former` begins with, then one exact pin a line, sorted."""
    head = []
    for line in former.splitlines():
        if line and not line.startswith("#"):
            break
        head.append(line)
    pins = sorted(f"{normal_name(name)}=={version}" for name, version in versions.items())
    return "\n".join([*head, *pins, ""])


def normal_name(name: str) -> str:
    """Spell the name of a distribution as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def differences(former: str, renewed: str) -> list[str]:
    """Return a line for every pin that is new, gone or of another version between two texts of the file."""
    old, new = _pins(former), _pins(renewed)
    changed = [name for name in sorted(old | new) if old.get(name) != new.get(name)]
    return [f"{name}: {old.get(name, 'none')} -> {new.get(name, 'none')}" for name in changed]


def _pins(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if "==" in line and not line.startswith("#")]
    return {name: version for name, _, version in (line.partition("==") for line in lines)}


if __name__ == "__main__":
    sys.exit(main())
