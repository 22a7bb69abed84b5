"""The bill of materials is current, pins are complete, and licences that bind a shop are found."""

import json
import os
from collections.abc import Sequence
from email.message import Message
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from tools import bill_of_materials
from tools.bill_of_materials import Part, audit, closure, document, is_allowed, licence, parts


class Stub(Distribution):
    """A distribution with a name, requirements and a stated licence, and no files."""

    def __init__(self, name: str, requires: Sequence[str] = (), **metadata: str) -> None:
        self._message = Message()
        for field, value in {"Name": name, "Version": "1.0", **metadata}.items():
            self._message[field.replace("_", "-")] = value
        for line in requires:
            self._message["Requires-Dist"] = line

    def read_text(self, filename: str) -> str | None:
        return self._message.as_string() if filename == "METADATA" else None

    def locate_file(self, path: str | os.PathLike[str]) -> Path:
        raise FileNotFoundError(path)


def known(*stubs: Stub) -> dict[str, Distribution]:
    return {stub.metadata["Name"]: stub for stub in stubs}


def test_the_audit_of_this_checkout_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert bill_of_materials.main(["--check"]) == 0, capsys.readouterr().out


def test_what_comes_with_a_requirement_is_listed_with_its_extras() -> None:
    found = closure(
        ["a[fast]>=1"],
        known(
            Stub("a", ["b", 'c; extra == "fast"', 'd; extra == "slow"', 'e; python_version < "3"']),
            Stub("b", ["a", "not-installed"]),
            Stub("c"), Stub("d"), Stub("e"), Stub("f"),
        ),
    )  # fmt: skip
    assert found == {"a", "b", "c"}


def test_what_only_this_checkout_needs_is_optional() -> None:
    settings = "[options]\ninstall_requires =\n    a\n[options.extras_require]\ndev =\n    b\nbench =\n    c\n"
    found = parts(settings, known(Stub("a"), Stub("b", ["a"]), Stub("c")))
    assert [(part.name, part.is_required) for part in found] == [("a", True), ("b", False)]


@pytest.mark.parametrize(
    ("stated", "wanted"),
    [
        ("MIT", True),
        ("Apache Software License; MIT License", True),
        ("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", True),
        ("Mozilla Public License 2.0 (MPL 2.0)", True),
        ("Artistic License; GNU General Public License (GPL)", True),
        ("GPL-3.0-or-later", False),
        ("GNU Affero General Public License v3", False),
        ("LGPL-2.1", False),
        ("MIT AND GPL-2.0-only", False),
        ("GPL-2.0-only OR MIT", True),
        ("Proprietary", False),
        ("SSPL", False),
        ("", False),
    ],
)
def test_a_licence_is_allowed_if_one_of_its_alternatives_is_so_in_all_parts(stated: str, wanted: bool) -> None:
    assert is_allowed(stated) is wanted


def test_a_licence_is_read_from_where_it_is_stated() -> None:
    assert licence(Stub("a", License_Expression="MIT", License="other")) == "MIT"
    assert licence(Stub("a", Classifier="License :: OSI Approved :: BSD License")) == "BSD License"
    assert licence(Stub("a", License="The MIT licence\nand its text")) == "The MIT licence"
    assert licence(Stub("a")) == ""


def test_the_audit_names_pins_that_lack_and_licences_that_bind() -> None:
    found = [Part("a", "1.0", "MIT", True), Part("b", "1.0", "GPL-3.0", True), Part("c", "1.0", "GPL-3.0", False)]
    faults = audit(found, {"a": "2.0", "b": "1.0"})
    assert [fault.partition(",")[0] for fault in faults] == [
        "a 1.0 is installed",
        "b 1.0 states GPL-3.0",
        "c 1.0 is installed",
    ]
    assert "constraints.txt has 2.0" in faults[0] and "constraints.txt has no pin" in faults[2]


def test_the_document_is_cyclonedx() -> None:
    content = json.loads(document([Part("a", "1.0", "MIT", True), Part("b", "2.0", "", False)]))
    assert (content["bomFormat"], content["specVersion"]) == ("CycloneDX", "1.6")
    assert [(each["purl"], each["scope"]) for each in content["components"]] == [
        ("pkg:pypi/a@1.0", "required"),
        ("pkg:pypi/b@2.0", "optional"),
    ]
    assert "licenses" not in content["components"][1]
