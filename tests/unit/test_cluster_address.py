"""Addresses of clusters: where a token goes, and where it never goes."""

import traceback
from contextlib import nullcontext
from pathlib import Path

import pytest
from pydantic import ValidationError

from xuanpin.pipelines.engine.cluster import cluster_address
from xuanpin.pipelines.engine.cluster.address import with_token
from xuanpin.pipelines.errors import XuanpinError
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.settings.engine import EngineSettings


@pytest.mark.parametrize(
    ("address", "token", "wanted"),
    [
        ("sc://spark:15002", None, "sc://spark:15002"),
        ("sc://spark:15002", "", "sc://spark:15002"),
        ("sc://spark:15002", "t", "sc://spark:15002/;token=t"),
        ("sc://spark:15002/", "t", "sc://spark:15002/;token=t"),
        ("sc://spark:15002/;use_ssl=true", "t", "sc://spark:15002/;use_ssl=true;token=t"),
        ("sc://spark", "a;b=c/d %", "sc://spark/;token=a%3Bb%3Dc%2Fd%20%25"),
    ],
)
def test_a_token_is_one_more_parameter(address: str, token: str | None, wanted: str) -> None:
    assert with_token(address, token) == wanted


@pytest.mark.parametrize("token", ["plain", "a;b=c/d %", "令牌", "x" * 500])
def test_the_client_reads_the_token_as_it_was(token: str) -> None:
    from pyspark.sql.connect.client import DefaultChannelBuilder

    given = with_token("sc://localhost:15002/;user_id=night", token)
    builder = DefaultChannelBuilder(given)
    assert (builder.get("token"), builder.get("user_id")) == (token, "night")


@pytest.mark.parametrize(
    ("port", "is_encrypted", "wanted"),
    [(None, False, "sc://spark:15002"), (443, True, "sc://spark:443/;use_ssl=true")],
)
def test_an_address_is_made_of_a_connection(port: int | None, is_encrypted: bool, wanted: str) -> None:
    assert cluster_address("spark", port, is_encrypted=is_encrypted) == wanted


def test_a_token_in_a_settings_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    config = tmp_path / "xuanpin.toml"
    config.write_text('[engine]\nkind = "spark"\nlake = "/lake"\naddress = "sc://spark/;token=geheim"\n')
    with pytest.raises(XuanpinError) as refused:
        load_settings(config)
    assert "XUANPIN_SPARK_TOKEN" in str(refused.value)
    assert "geheim" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    ("address", "is_right"),
    [
        ("sc://spark.internal", True),
        ("sc://spark.internal:15002", True),
        ("sc://[::1]:15002/", True),
        ("sc://10.0.0.7:443/;use_ssl=true;user_id=night", True),
        ("sc://spark:port", False),
        ("sc://", False),
        ("spark://spark:7077", False),
        ("sc://spark:15002/path", False),
        ("sc://spark:15002;use_ssl=true", False),
    ],
)
def test_an_address_is_checked_before_the_night(address: str, is_right: bool) -> None:
    with nullcontext() if is_right else pytest.raises(ValidationError, match="Spark Connect server"):
        EngineSettings(kind="spark", lake="/lake", address=address)
