"""The token of a cluster reaches its server, and stands in no error, log line, setting or file."""

import logging
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from tools.spark_server import free_port
from xuanpin.pipelines.engine.cluster.address import TOKEN
from xuanpin.pipelines.engine.cluster.session import open_session
from xuanpin.pipelines.errors import UsageError

SECRET = "geheim/令牌;1".encode().hex()


class Gate:
    """Refuses every call, and keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def service(self, handler_call_details: Any) -> Any:
        self.shown += [str(text) for name, text in handler_call_details.invocation_metadata if name == "authorization"]
        return grpc.unary_unary_rpc_method_handler(_refuse)


def _refuse(request: Any, context: Any) -> Any:
    context.abort(grpc.StatusCode.UNAUTHENTICATED, "not for you")


@pytest.fixture
def gate() -> Iterator[tuple[Gate, str]]:
    """A server that asks for a token, and its address."""
    handler, server = Gate(), grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers((handler,))
    port = server.add_secure_port("localhost:0", grpc.local_server_credentials())
    server.start()
    yield handler, f"sc://localhost:{port}"
    server.stop(None)


def test_the_server_is_shown_the_token_and_an_error_does_not_repeat_it(
    gate: tuple[Gate, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    handler, address = gate
    monkeypatch.setenv(TOKEN, SECRET)
    with caplog.at_level(logging.DEBUG), pytest.raises(UsageError) as refused:
        open_session(address)
    assert set(handler.shown) == {f"Bearer {SECRET}"}
    told = "".join(traceback.format_exception(refused.value))
    assert address in str(refused.value)
    assert SECRET not in told + caplog.text


def test_a_server_that_is_not_there_is_told_without_the_token(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(TOKEN, SECRET)
    monkeypatch.setattr("xuanpin.pipelines.engine.cluster.session.TRIES_AGAIN", 1)
    with caplog.at_level(logging.DEBUG), pytest.raises(UsageError, match="no Spark Connect server answers") as refused:
        open_session(f"sc://localhost:{free_port()}")
    assert SECRET not in "".join(traceback.format_exception(refused.value)) + caplog.text
