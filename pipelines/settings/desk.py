"""Settings of the desk: under which names it answers, whom it believes, how long a session lasts, how much is asked."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from xuanpin.pipelines.settings.section import Section
from xuanpin.pipelines.typed.phrase import phrase

_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~-]+)*")
_LOCAL = ("localhost", "127.0.0.1")
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_ORIGIN = re.compile(r"'self'|https?://[A-Za-z0-9.-]+(:[0-9]+)?")


class DeskSettings(Section):
    """Who is let in to the desk, and how; people and their roles are kept in the home, by `xuanpin users`."""

    hosts: tuple[str, ...] = Field(
        (),
        description="host names under which browsers reach the desk, such as xuanpin.shop.example; localhost is always "
        "one. Requests under another name are refused",
    )
    address: str | None = Field(
        None,
        description="address under which agents reach the desk on their phones, such as https://xuanpin.shop.example; "
        "where it is set, what goes to an agent carries her personal link. Its host is one of `hosts`",
    )
    link_days: int = Field(
        7, ge=0, le=366, description="days after its list date up to which an agent's personal link is good"
    )
    trusted_proxies: tuple[str, ...] = Field(
        (),
        description="addresses of proxies before the desk; only they may say for whom and by which scheme they ask",
    )
    trusted_header: str | None = Field(
        None, description="header in which a trusted proxy names the person who has signed in there"
    )
    trusted_role_header: str | None = Field(
        None, description="header in which it names the role; without it the role is that in the home's list of people"
    )
    frame_ancestors: tuple[str, ...] = Field(
        (),
        description="origins whose pages may show the desk in a frame, such as https://airflow.shop.example; 'self' "
        "is the host that serves it, which Airflow needs where it shows the desk in its page",
    )
    idle_minutes: int = Field(120, ge=1, le=44_640, description="minutes without a request after which a session ends")
    session_hours: int = Field(
        12, ge=1, le=744, description="hours after which a session ends in any case; a day's work"
    )
    sign_in_attempts: int = Field(
        10, ge=1, description="wrong passwords for one name within a quarter of an hour before it has to wait"
    )
    sign_in_attempts_address: int = Field(30, ge=1, description="the same from one address; an office may share one")
    requests_per_minute: int = Field(
        300, ge=10, description="requests of one person, or of one address without one, within a minute"
    )
    body_kilobytes: int = Field(1_024, ge=16, description="largest form that is taken, in kilobytes")
    upload_megabytes: int = Field(
        200, ge=1, description="most that an operator may send as exports to the page Connect at one time, in megabytes"
    )

    @field_validator("hosts")
    @classmethod
    def _names_without_ports(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_HOST.fullmatch(host) for host in hosts):
            raise ValueError(phrase("write host names without scheme and port, such as xuanpin.shop.example"))
        return tuple(host.lower() for host in hosts)

    @field_validator("address")
    @classmethod
    def _under_a_known_name(cls, address: str | None, others: ValidationInfo) -> str | None:
        if address is None:
            return None
        if not _ADDRESS.fullmatch(address.rstrip("/")):
            raise ValueError("write an address such as https://xuanpin.shop.example")
        host = (urlsplit(address).hostname or "").lower()
        if host not in (*_LOCAL, *others.data.get("hosts", ())):
            raise ValueError(f'add its host to the names of the desk: hosts = ["{host}"]')
        return address.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(str(ip_address(proxy)) for proxy in proxies)
        except ValueError as error:
            raise ValueError(phrase("write addresses such as 10.0.0.5")) from error

    @field_validator("trusted_header", "trusted_role_header")
    @classmethod
    def _header(cls, name: str | None) -> str | None:
        if name is not None and not _HEADER.fullmatch(name):
            raise ValueError(phrase("write the name of a header, such as X-Forwarded-User"))
        return name

    @field_validator("frame_ancestors")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError(phrase("write 'self', or origins without a path, such as https://airflow.shop.example"))
        return origins
