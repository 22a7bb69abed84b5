"""Every kind of personal data in every form leaves a text before it is stored."""

import pyarrow as pa
import pytest

from tests.support.personal_draws import Kind
from tests.support.personal_kinds import kinds, left
from tests.support.personal_writings import KNOWN_NAMES
from xuanpin.models.text.names import KnownNames, sort_names
from xuanpin.models.text.redaction import redact_labels, redact_texts

NAMES = sort_names(KNOWN_NAMES, ("手剥山核桃 500g",))
KINDS = kinds()


def test_there_are_many_kinds_and_forms() -> None:
    assert len(KINDS) > 200
    assert len({kind.kind for kind in KINDS}) > 20


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.kind}: {kind.form}")
def test_nothing_of_a_kind_is_left(kind: Kind) -> None:
    assert not left(kind, str(redact_texts(pa.array([kind.text]), NAMES)[0]))


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_values_are(seed: int) -> None:
    drawn = kinds(seed)
    redacted = redact_texts(pa.array([kind.text for kind in drawn]), NAMES)
    assert [kind for kind, text in zip(drawn, redacted, strict=True) if left(kind, str(text))] == []


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.is_clear], ids=lambda kind: f"{kind.kind}: {kind.form}"
)
def test_what_can_be_nothing_else_leaves_titles(kind: Kind) -> None:
    assert not left(kind, str(redact_labels(pa.array([kind.text]))[0]))


def test_a_number_without_names_is_redacted_too() -> None:
    assert redact_texts(pa.array(["打13812345678"]), KnownNames()).to_pylist() == ["打〔电话〕"]


def test_numbers_of_orders_stay_in_a_row_that_is_named_by_them() -> None:
    row = '{"order_line_id":"29123456789012345678","note":"打13812345678"}'
    kept = redact_texts(pa.array([row]), KnownNames(), are_ids_kept=True).to_pylist()
    assert kept == ['{"order_line_id":"29123456789012345678","note":"打〔电话〕"}']
