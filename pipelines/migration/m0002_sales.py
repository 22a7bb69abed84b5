"""From the first builds of 0.2.0: the order history says which lines are sales, and every line is judged anew."""

from __future__ import annotations

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.typed.phrase import phrase

TITLE = phrase(
    "order lines closed after their refund are returns, gifts are no sales; the next night judges every line anew"
)


def files(home: Home) -> None:
    """Change nothing: `home` keeps its folders."""


def tables(engine: Engine) -> None:
    """Give history.order_line_timeline `is_sale` as its rows were counted, and forget how far the history is staged.

    The next night takes back what each line that it still has was counted as, and counts it by today's rules; sums of
    lines that retention has deleted stay.
    """
    if not engine.exists("history.order_line_timeline"):
        return
    engine.execute("alter table history.order_line_timeline add column if not exists is_sale boolean")
    engine.execute("update history.order_line_timeline set is_sale = status <> 'cancelled'")
    if engine.exists("ops.staged"):
        engine.execute("delete from ops.staged")
