"""What is assumed of columns that a contract wants and no export has; each is said where settings are written."""

from __future__ import annotations

from collections.abc import Mapping

from xuanpin.pipelines.typed.phrase import Phrase, phrase

SHOP = "shop"
"""The id of the shop itself, where no agent or supplier is named."""
UNSORTED = "未分类"
"""The category of SKUs that come without one."""
FILLED = ("updated_at", "as_of_date", "launched_on", "joined_on", "opened_on")
"""Columns that a snapshot fills with the day of its file."""
ASSUMED: Mapping[str, Mapping[str, tuple[str, Phrase]]] = {
    "products": {
        "category": (UNSORTED, phrase("no column has categories: every SKU is in one")),
        "supplier_id": (SHOP, phrase("no column has suppliers: the shop itself is the supplier")),
        "style_tags": ("", phrase("no column has style tags: none")),
        "series_tags": ("", phrase("no column has series: none")),
        "is_clearance": ("false", phrase("no column says what is clearance: nothing is")),
        "is_cold_chain": ("false", phrase("no column says what needs cooling: nothing does")),
        "status": ("active", phrase("no column says what is on sale: everything is")),
    },
    "agents": {
        "status": ("active", phrase("no column says who is active: everybody is")),
        "categories_wanted": ("", phrase("no column says which categories an agent wants: any")),
        "categories_excluded": ("", phrase("no column says which categories an agent excludes: none")),
        "style_tags": ("", phrase("no column has style tags: none")),
        "series_tags": ("", phrase("no column has series: none")),
        "daily_slots": ("12", phrase("no column says how many SKUs an agent wants a day: 12")),
    },
    "groups": {"member_count": ("100", phrase("no column counts the members of groups: 100 each"))},
    "orders": {
        "agent_id": (SHOP, phrase("no column has agents: the shop itself sells")),
        "quantity": ("1", phrase("no column counts units: one a line")),
        "status": ("paid", phrase("no column has a state: every line is paid, and delivered after the assumed days")),
    },
    "returns": {
        "quantity": ("1", phrase("no column counts returned units: one a return")),
        "reason_code": ("other", phrase("no column has reasons: all are `other`")),
        "refund_amount": ("0", phrase("no column has amounts: none is known")),
    },
}
"""What is assumed of a required column of which there is neither header nor anything to make it of."""
