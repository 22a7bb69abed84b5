"""A draft in an address: what the fields of the page mean, and that an address says what its form said."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xuanpin.pipelines.desk.drafts import KNOBS, address_of, draft_of, knob_text, shown_fields
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.settings import Settings

NIGHT = Settings.model_validate(
    {"assortment": {"category_max": {"生鲜（冷链）": 3}}, "scoring": {"landmine_promise": 0.07}}
)


@pytest.mark.parametrize(
    ("query", "draft"),
    [
        ({}, Draft()),
        ({knob.field: knob_text(knob, NIGHT) for knob in KNOBS}, Draft()),
        ({"size": " １００ "}, Draft(changes={"assortment": {"list_size": 100}})),
        ({"promise": "7.0 %"}, Draft()),
        ({"promise": "4.5％"}, Draft(changes={"scoring": {"landmine_promise": 0.045}})),
        ({"explore": "0"}, Draft(changes={"assortment": {"explore_share": 0.0}})),
        ({"category_max": "生鲜（冷链）＝3"}, Draft()),
        (
            {"category_max": "生鲜（冷链）=2；a=b/c=1"},
            Draft(changes={"assortment": {"category_max": {"生鲜（冷链）": 2, "a=b/c": 1}}}),
        ),
        ({"pins": "S1，S2 S1", "bans": "S3;\nS4"}, Draft(pins=("S1", "S2"), bans=("S3", "S4"))),
        ({"approved": "1", "other": "x"}, Draft(is_approved=True)),
    ],
)
def test_fields_say_what_the_draft_changes(query: dict[str, str], draft: Draft) -> None:
    assert draft_of(query, NIGHT) == draft


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*(knob.field for knob in KNOBS), "pins", "bans", "approved", "list_date"]),
        st.one_of(
            st.text(max_size=20), st.integers(0, 200).map(str), st.sampled_from(["7", "生鲜=3\n粮油=2", "S1 S2"])
        ),
    )
)
def test_an_address_gives_the_draft_of_its_form(query: dict[str, str]) -> None:
    try:
        draft = draft_of(query, NIGHT)
    except UsageError:
        with pytest.raises(UsageError):
            address_of(query, NIGHT)
        return
    address = address_of(query, NIGHT)
    assert draft_of(dict(parse_qsl(address)), NIGHT) == draft
    assert draft_of(shown_fields(query, NIGHT), NIGHT) == draft
    assert bool(address) or draft == Draft()
