"""Hashes passwords by scrypt; the parameters stand with the hash, so that later ones may be dearer."""

from __future__ import annotations

import hashlib
import hmac
import secrets

COST, BLOCK, PARALLEL = 2**15, 8, 3
"""Parameters of scrypt for a password that is read by nobody but a person: 32 MB and about a third of a second."""
SHORTEST, LONGEST = 10, 200
"""Characters of a password."""
NOBODYS = f"scrypt:{COST}:{BLOCK}:{PARALLEL}:{'00' * 16}:{'00' * 32}"
"""A hash that no password has: a name that nobody has costs as much time as one that somebody has."""
_MEMORY = 128 << 20
_MOST_COST = 2**16


def password_hash(password: str, cost: int = COST) -> str:
    """Return how a password is kept: scrypt, its parameters, the salt and the hash; `cost` is scrypt's N."""
    salt = secrets.token_bytes(16)
    return ":".join(("scrypt", f"{cost}", f"{BLOCK}", f"{PARALLEL}", salt.hex(), _scrypt(password, salt, cost).hex()))


def is_password(password: str, kept: str) -> bool:
    """Whether a password is the one of which `kept` is the hash; it takes equally long for a right and a wrong one.

    Raises ValueError as `parts`.
    """
    cost, salt, digest = parts(kept)
    return hmac.compare_digest(_scrypt(password, salt, cost), digest)


def parts(kept: str) -> tuple[int, bytes, bytes]:
    """Return cost, salt and hash of what password_hash wrote (`kept`); ValueError for anything else."""
    kind, cost, block, parallel, salt, digest = kept.split(":")
    is_ours = (kind, block, parallel) == ("scrypt", f"{BLOCK}", f"{PARALLEL}")
    if not is_ours or not 2 <= int(cost) <= _MOST_COST or int(cost).bit_count() != 1:
        raise ValueError("not a hash of this program")
    return int(cost), bytes.fromhex(salt), bytes.fromhex(digest)


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=BLOCK, p=PARALLEL, maxmem=_MEMORY, dklen=32)
