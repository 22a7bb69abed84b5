"""Spreads what names more than one order line over the lines that it means: a return, or an order of a bundle.

A line that was made so has the id of what it was made from, `#`, and the id of its part: they are the mark of it.
"""

from __future__ import annotations

from collections.abc import Callable

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine

OFFERED = "temp.offered"
"""Clean rows and waiting ones, before they are spread."""
SPREAD = "temp.spread"
"""The same rows, each of one order line."""


def spread(engine: Engine, contract: Contract, offered: str) -> str:
    """Return the relation of the rows that the select `offered` gives, each of one order line.

    A return without a line is spread over the lines of its order, one of several lines or of a bundle over those; a
    line of a bundle becomes lines of its parts. What is not known yet stays as it is and waits.
    """
    if contract.name == "orders" and engine.select("bundles")["bundles"][0].as_py():
        return _spread(engine, offered, _orders)
    if contract.name == "returns":
        return _spread(engine, offered, _returns)
    return f"({offered})"


def _spread(engine: Engine, offered: str, make: Callable[[Engine], None]) -> str:
    """Let `make` write temp.spread from temp.offered."""
    engine.create(offered, into=OFFERED)
    make(engine)
    engine.drop(OFFERED)
    return SPREAD


def _at_hand(engine: Engine) -> None:
    """Bring temp.offered to where rows are spread, which is not of the subset that both engines run."""
    if not engine.is_at_hand(f"select 1 from {OFFERED}"):
        engine.store(OFFERED, engine.read(OFFERED))


def _orders(engine: Engine) -> None:
    _at_hand(engine)
    engine.materialise("spread_orders", into="temp", called="spread")


def _returns(engine: Engine) -> None:
    """To look for lines all orders are read, and hardly ever is a line asked for."""
    if not engine.select("asked_lines")["asked"][0].as_py():
        engine.materialise("named_returns", into="temp", called="spread")
        return
    _at_hand(engine)
    for stem in ("return_lines", "return_parts"):
        engine.store(f"temp.{stem}", engine.select(stem))
    engine.materialise("spread_returns", into="temp", called="spread")
    engine.drop("temp.return_lines", "temp.return_parts")
