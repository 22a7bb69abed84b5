"""Tells on the next page what became of decisions on SKUs."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from xuanpin.pipelines.desk import texts
from xuanpin.pipelines.desk.page import notice
from xuanpin.pipelines.overrides.deciding import Decided
from xuanpin.pipelines.typed.phrase import in_language, listed

SHOWN = 10
"""Decisions that are named; a draft may hold more than a notice has room for."""


def tell_decided(request: Request, response: Response, decided: Decided) -> None:
    """Have the page to which `response` leads say what was `decided`, and what keeps it from having an effect.

    It speaks the language of the `request`.
    """
    language = texts.language_of(request)
    lines = [
        texts.text("what_line", language, action=texts.text(f"action_{new.action}_word", language), sku=new.sku_id)
        for new in decided.added
    ]
    what = in_language(listed(lines, SHOWN), language)
    if not decided.added:
        notice(response, "notice_stands")
    elif decided.banned_too:
        notice(response, "notice_both", what=what, skus=", ".join(decided.banned_too))
    elif decided.late_on is not None:
        notice(response, "notice_late", what=what, list_date=str(decided.list_date), late_on=str(decided.late_on))
    else:
        notice(response, "notice_stored", what=what)
