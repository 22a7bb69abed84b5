"""Settings of the Iceberg copy hold no secret and name one catalogue."""

from typing import Any

import pytest
from pydantic import ValidationError

from xuanpin.pipelines.settings.iceberg import IcebergSettings

REST = {"type": "rest", "uri": "https://lists.example/catalog"}
KEPT = "put it into an environment variable"
ONE = 'write kind = "catalog"'


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({}, None),
        ({"kind": "local"}, None),
        ({"kind": "catalog", "properties": REST}, None),
        ({"kind": "catalog", "properties": {"type": "sql"}, "secret_variables": {"uri": "LISTS_URI"}}, None),
        ({"kind": "none", "properties": REST}, None),
        ({"kind": "catalog"}, ONE),
        ({"kind": "catalog", "properties": {"warehouse": "s3://lists"}}, ONE),
        ({"kind": "local", "properties": REST}, ONE),
        ({"kind": "catalog", "properties": REST | {"token": "abc"}}, KEPT),
        ({"kind": "catalog", "properties": REST | {"s3.secret-access-key": "abc"}}, KEPT),
        ({"kind": "catalog", "properties": REST | {"uri": "postgresql://me:abc@lists.example/c"}}, KEPT),
        ({"kind": "catalog", "properties": REST | {"uri": "postgresql://me@lists.example/c"}}, None),
        ({"kind": "catalog", "properties": REST, "namespace": "a.b"}, "pattern"),
    ],
)
def test_what_is_accepted(given: dict[str, Any], fault: str | None) -> None:
    if fault is None:
        IcebergSettings.model_validate(given)
        return
    with pytest.raises(ValidationError, match=fault) as refused:
        IcebergSettings.model_validate(given)
    assert KEPT not in fault or "is a secret" in str(refused.value)
