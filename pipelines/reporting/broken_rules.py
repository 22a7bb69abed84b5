"""Says in words which rules of a source's contract a row breaks."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import yaml

from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.reporting.words import resource, table_name

KEPT_RULES = 4_096
"""Rules whose words are kept: every night checks the same ones."""
SEPARATORS: dict[Language, str] = {"zh": "；", "en": "; "}


def broken_rules(names: str, language: Language) -> str:
    """Return the rules in `names`, as report_quarantine joins them, in words of `language`."""
    return SEPARATORS[language].join(broken_rule(name, language) for name in names.split(", "))


@lru_cache(KEPT_RULES)
def broken_rule(name: str, language: Language) -> str:
    """Return the rule `name` in words of `language`; one that is not known here is shown by its name."""
    texts = _texts()
    if name in texts["rules"]:
        return str(texts["rules"][name][language])
    for kind, said in texts["kinds"].items():
        if name.endswith(f"_{kind}"):
            return str(said[language]).format(column=name.removesuffix(f"_{kind}"))
    for kind, said in texts["comparisons"].items():
        column, found, other = name.partition(f"_{kind}_")
        if found:
            return str(said[language]).format(column=column, other=other)
    return name


def check_name(name: str) -> dict[Language, str]:
    """Return what the check of run_quality by the `name` of `table.rule` looks at, in every language."""
    table, _, rule = name.partition(".")
    return {
        "zh": f"{table_name(table, 'zh')}：{broken_rule(rule, 'zh')}",
        "en": f"{table_name(table, 'en')}: {broken_rule(rule, 'en')}",
    }


@cache
def _texts() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(resource("broken_rules.yaml"), Loader=yaml.CSafeLoader)
    return loaded
