"""Addresses of Spark Connect servers: sc://host:port/;use_ssl=true;token=…"""

from __future__ import annotations

from urllib.parse import quote

TOKEN = "XUANPIN_SPARK_TOKEN"
"""Environment variable that holds the token of the cluster, where it asks for one."""
PORT = 15_002
"""Where a server listens unless it is told otherwise."""


def cluster_address(host: str, port: int | None, *, is_encrypted: bool) -> str:
    """Return the address of the server at `host` and `port`, None for the usual one; by TLS where it `is_encrypted`."""
    return f"sc://{host}:{port or PORT}" + ("/;use_ssl=true" if is_encrypted else "")


def with_token(address: str, token: str | None) -> str:
    """Return the address with the token, if any, for the client alone: it goes into no message and no log."""
    if not token:
        return address
    server, _, given = address.partition(";")
    return ";".join([f"{server.rstrip('/')}/", *filter(None, [given]), f"token={quote(token, safe='')}"])
