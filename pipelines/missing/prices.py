"""What a source or a column that a platform does not have costs, in both languages, from `prices.yaml`.

Names are those of source tables (`returns`) and of their columns (`orders.delivered_at`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.settings.assumptions import STAND_INS, AssumptionSettings
from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import Phrase, joined
from xuanpin.pipelines.typed.plurals import filled

OUTCOMES = ("returns", "chat_messages")
"""The tables that tell a good SKU from a bad one; without both the list goes by sales alone."""
NO_OUTCOMES = "returns_and_chat_messages"
"""Name of what it costs to have neither of them."""
USUAL_DELIVERY_DAYS = 5
"""Days from order to delivery that are proposed where orders never say; parcels take two to six within a country."""
Assumed = AssumptionSettings | Mapping[str, Any]
"""The assumptions of settings, as they are or as a manifest has them."""
ASSUMED = AssumptionSettings()
"""The assumptions of a deployment that has not chosen any."""


@dataclass(frozen=True)
class Price:
    """What it costs to be without `name`, a table or a column: sentence templates (`zh`, `en`)."""

    name: str
    zh: str
    en: str


@cache
def prices() -> Mapping[str, Price]:
    """Return every price by name, in the order in which they are told."""
    text = (files("xuanpin.pipelines.missing") / "prices.yaml").read_text(encoding="utf-8")
    return {name: Price(name, **entry) for name, entry in yaml.load(text, Loader=yaml.CSafeLoader).items()}


def price_of(name: str, assumed: Assumed = ASSUMED) -> Bilingual:
    """Return the sentence on what being without `name` costs under the assumptions of the settings, `assumed`.

    Raises KeyError for a name without a price.
    """
    price = prices()[name]
    values = dict(assumed.model_dump() if isinstance(assumed, AssumptionSettings) else assumed)
    values["delivery_days"] = values["delivery_days"] or USUAL_DELIVERY_DAYS
    return Bilingual(filled(price.en, values), price.zh.format(**values))


def told_prices(missing: Collection[str], assumed: Assumed = ASSUMED) -> list[Bilingual]:
    """Return a sentence for each of the tables and columns that are `missing`, the gravest first.

    Where returns and chat are both missing, one sentence says so instead of two; `assumed` is as in `price_of`.
    """
    names = [name for name in prices() if name in missing]
    if set(OUTCOMES) <= set(missing):
        names = [NO_OUTCOMES, *(name for name in names if name not in OUTCOMES)]
    return [price_of(name, assumed) for name in sorted(names, key=_is_outcome, reverse=True)]


def _is_outcome(name: str) -> bool:
    return name in (*OUTCOMES, NO_OUTCOMES)


def manifest_prices(manifest: Mapping[str, Any]) -> list[Bilingual]:
    """Return the sentences on what a run's `manifest` says was missing; none for a run of an earlier release."""
    missing = [*(manifest.get("missing_sources") or ()), *(manifest.get("missing_columns") or ())]
    return told_prices(missing, manifest["settings"]["assumptions"]) if missing else []


def has_no_outcomes(manifest: Mapping[str, Any]) -> bool:
    """Whether the night of a run's `manifest` could tell no SKU from another: the first of its prices says so."""
    return set(OUTCOMES) <= set(manifest.get("missing_sources") or ())


def in_languages(manifest: Mapping[str, Any]) -> list[dict[Language, str]]:
    """Return the sentences of `manifest_prices` on a `manifest`, each by language."""
    return [{"zh": said.chinese, "en": str(said)} for said in manifest_prices(manifest)]


def accepting_lines(tables: Iterable[str]) -> str:
    """Return the lines of a settings file that accept that the source `tables` are missing; a table without which there
    is no list is left out."""
    return "\n".join(line for table in tables for line in _section(table))


def priced_lines(tables: Iterable[str], assumed: Assumed = ASSUMED) -> Phrase:
    """Return the lines of `accepting_lines` for `tables`, above those of each what being without it costs.

    That is a comment; `assumed` is as in `price_of`.
    """
    found = [[_comment(table, assumed), *_section(table)] for table in tables if STAND_INS[table]]
    return joined([line for lines in found for line in lines], "\n")


def _section(table: str) -> list[str]:
    allowed = STAND_INS[table]
    return [f"[sources.tables.{table}]", f'stand_in = "{allowed[0]}"'] if allowed else []


def _comment(table: str, assumed: Assumed) -> str:
    if table not in prices():
        return ""
    said = price_of(table, assumed)
    return Bilingual(f"# {said}", f"# {said.chinese}")
