"""Arrow schemas of whole drops as a platform sends them, for worlds that are written as Parquet."""

from __future__ import annotations

import pyarrow as pa

_TEXT, _TEXTS, _DAY, _TIME = pa.string(), pa.list_(pa.string()), pa.date32(), pa.timestamp("us")
_MONEY, _COUNT, _FLAG = pa.decimal128(12, 2), pa.int64(), pa.bool_()


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


SCHEMAS = {
    "products": _schema(
        sku_id=_TEXT, title=_TEXT, category=_TEXT, supplier_id=_TEXT, list_price=_MONEY, style_tags=_TEXTS,
        series_tags=_TEXTS, season_start=_DAY, season_end=_DAY, is_clearance=_FLAG, is_cold_chain=_FLAG,
        launched_on=_DAY, status=_TEXT, updated_at=_TIME,
    ),
    "inventory": _schema(sku_id=_TEXT, as_of_date=_DAY, sellable_units=_COUNT),
    "agents": _schema(
        agent_id=_TEXT, joined_on=_DAY, status=_TEXT, price_min=_MONEY, price_max=_MONEY, min_satisfaction=pa.float64(),
        max_landmine_probability=pa.float64(), categories_wanted=_TEXTS, categories_excluded=_TEXTS,
        style_tags=_TEXTS, series_tags=_TEXTS, daily_slots=pa.int32(), updated_at=_TIME,
    ),
    "groups": _schema(group_id=_TEXT, agent_id=_TEXT, member_count=pa.int32(), opened_on=_DAY, updated_at=_TIME),
    "orders": _schema(
        order_line_id=_TEXT, order_id=_TEXT, ordered_at=_TIME, agent_id=_TEXT, group_id=_TEXT, customer_id=_TEXT,
        sku_id=_TEXT, quantity=pa.int32(), unit_price=_MONEY, status=_TEXT, delivered_at=_TIME, updated_at=_TIME,
    ),
    "returns": _schema(
        return_id=_TEXT, order_line_id=_TEXT, requested_at=_TIME, quantity=pa.int32(), reason_code=_TEXT,
        refund_amount=_MONEY, comment=_TEXT, updated_at=_TIME,
    ),
    "chat_messages": _schema(
        message_id=_TEXT, group_id=_TEXT, sender_id=_TEXT, sender_role=_TEXT, sent_at=_TIME, text=_TEXT, sku_id=_TEXT,
    ),
    "overrides": _schema(
        override_id=_TEXT, sku_id=_TEXT, action=_TEXT, starts_on=_DAY, reason=_TEXT, author=_TEXT, created_at=_TIME,
    ),
}  # fmt: skip
