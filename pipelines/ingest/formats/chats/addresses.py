"""Finds the SKU in the address of a card: a link, or the path of a mini-program's page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from urllib.parse import unquote

PARAMETERS = (
    "sku_id",
    "skuid",
    "goods_id",
    "goodsid",
    "goods_no",
    "goods_sn",
    "item_id",
    "itemid",
    "product_id",
    "productid",
    "spu_id",
    "spuid",
    "gid",
    "pid",
    "id",
)
"""Parameters that hold the id of a product in the addresses of common shops, in lower case."""
_PAIR = re.compile(r"(\w+)(?=[=:]([^?&#,;\s\"'<>=]+))")
"""A parameter and its value, which may be a parameter itself."""
_STEP = re.compile(r"[^/?&#=\s]+")
_SHORTEST = 4
"""Characters of a step of a path from which it is taken for an id: shorter ones are names of pages."""


def sku_of(address: str, own: Sequence[str], skus: Collection[str]) -> str | None:
    """Return the first of the known `skus` in an address: in a parameter of the settings (`own`) or of common shops,
    else as a step of its path; None where it has none. What is no SKU of the catalogue is of another shop.
    """
    if not address or not skus:
        return None
    plain = unquote(unquote(address))
    wanted = [name.lower() for name in own] + [name for name in PARAMETERS if name not in own]
    found = {name.lower(): value for name, value in reversed(_PAIR.findall(plain))}
    candidates = [found[name] for name in wanted if name in found]
    return next((value for value in (*candidates, *_steps(plain)) if value in skus), None)


def _steps(address: str) -> Iterator[str]:
    for step in _STEP.findall(address):
        bare = step.removesuffix(".html").removesuffix(".htm")
        if len(bare) >= _SHORTEST:
            yield bare
