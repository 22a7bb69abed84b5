"""Personal links by which an agent opens her page: signed, good for some days, and worth nothing once revoked.

A link says whose it is, until when it is good and of which generation it is, and ends with an HMAC-SHA256 under the
key of answer codes. Nothing is kept of a link: for a list date the same one is written each time. Revoking an agent's
links raises her generation. What is forged, expired or revoked is told apart by nobody outside.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.home_locks import alone
from xuanpin.pipelines.home_modes import keep_private
from xuanpin.pipelines.typed.phrase import phrase

FILE = "links.json"
"""File of the home's folder `desk`: generation by agent, of those whose links were revoked."""
_FIRST_DAY = date(2026, 1, 1)
_DAY_BYTES = 2
"""Bytes of the days since _FIRST_DAY, and of the generation: enough for 179 years, and for as many revocations."""
_MAC_BYTES = 16
"""128 bits: nobody guesses a link, however often he tries."""
_MOST_LETTERS = 400
"""Characters beyond which a text is no link."""
_LATEST = (1 << 8 * _DAY_BYTES) - 1


@dataclass(frozen=True)
class Links:
    """Make the links of one list date: `address` is that of the desk, `key` the home's, `generations` are by agent.

    `expires` is the last day on which the links are good.
    """

    address: str
    key: bytes
    generations: Mapping[str, int]
    expires: date

    def of(self, agent_id: str) -> str:
        """Return the address at which the agent `agent_id` finds her page."""
        token = link_token(self.key, agent_id, self.generations.get(agent_id, 0), self.expires)
        return f"{self.address.rstrip('/')}/a/{token}"


def links_for(home: Home, key: bytes, address: str, list_date: str, days: int) -> Links:
    """Return what makes links that are good until so many `days` after `list_date` (YYYY-MM-DD).

    `address` is where agents reach the desk, `key` that of answer codes.
    """
    return Links(address, key, _generations(home), date.fromisoformat(list_date) + timedelta(days=days))


def link_token(key: bytes, agent_id: str, generation: int, expires: date) -> str:
    """Return the signed text by which the agent `agent_id` opens her page until the end of the day `expires`.

    `generation` counts how often her links were revoked; `key` is the home's.
    """
    numbers = ((expires - _FIRST_DAY).days, generation)
    said = b"".join(number.to_bytes(_DAY_BYTES, "big") for number in numbers) + agent_id.encode()
    return base64.urlsafe_b64encode(said + _mac(key, said)).decode("ascii").rstrip("=")


def agent_of_link(home: Home, key: bytes, token: str, today: date) -> str | None:
    """Return whose page a `token` opens; None for one that is forged, spoilt, expired or revoked.

    `key` is that under which links are made, `today` the day in Beijing. Whatever is wrong, all is looked at.
    """
    said, mac = _parts(token)
    is_ours = hmac.compare_digest(mac, _mac(key, said))
    day, generation = (int.from_bytes(said[at : at + _DAY_BYTES], "big") for at in (0, _DAY_BYTES))
    agent_id = said[2 * _DAY_BYTES :].decode("utf-8", "replace")
    is_good = (today - _FIRST_DAY).days <= day
    is_newest = generation == _generations(home).get(agent_id, 0)
    return agent_id if is_ours and is_good and is_newest else None


def _parts(token: str) -> tuple[bytes, bytes]:
    """Return what a token says and its signature; of what is none, texts of the same kind that nobody has signed."""
    try:
        content = base64.urlsafe_b64decode(token[:_MOST_LETTERS] + "=" * (-len(token[:_MOST_LETTERS]) % 4))
    except (binascii.Error, ValueError):
        content = b""
    # One link has one spelling: bits that decode to nothing are not changed unseen.
    is_link = len(content) > 2 * _DAY_BYTES + _MAC_BYTES and _spelled(content) == token
    return (content[:-_MAC_BYTES], content[-_MAC_BYTES:]) if is_link else (bytes(2 * _DAY_BYTES), bytes(_MAC_BYTES))


def _spelled(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")


def _mac(key: bytes, said: bytes) -> bytes:
    # Codes sign texts that begin with a length and another word, so that none of them is a link.
    return hmac.digest(key, b"4:link" + said, "sha256")[:_MAC_BYTES]


def revoke_links(home: Home, agent_id: str) -> int:
    """Make all links worthless that were made for `agent_id` until now; return the generation of the next ones.

    Raises UsageError where it cannot be told what was revoked before.
    """
    keep_private(home)
    home.desk.mkdir(exist_ok=True)
    with alone(home.desk / f".{FILE}.lock"):
        made = dict(_generations(home))
        made[agent_id] = made.get(agent_id, 0) + 1
        if made[agent_id] > _LATEST:
            raise UsageError(
                phrase(
                    "the links of {agent_id} were revoked {count} times and cannot be revoked again",
                    agent_id=agent_id,
                    count=_LATEST,
                )
            )
        run_store.replace_json(home.desk / FILE, made)
    return made[agent_id]


def _generations(home: Home) -> Mapping[str, int]:
    path = home.desk / FILE
    try:
        facts = path.stat()
    except FileNotFoundError:
        return {}
    return _read(path, (facts.st_ino, facts.st_size, facts.st_mtime_ns))


@lru_cache(maxsize=8)
def _read(path: Path, stamp: tuple[int, int, int]) -> Mapping[str, int]:
    """Read the generations in a file as it is at a `stamp`; UsageError where they cannot be told, so that no link that
    was revoked is good again."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {str(agent_id): int(made) for agent_id, made in content.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(
            phrase(
                "{path} does not say whose links were revoked; restore it from a backup of the home, or delete "
                "keys/answers.key: all links and codes that were made before are worthless then",
                path=path,
            )
        ) from error
