"""Hashes passwords by scrypt; the parameters stand with the hash, so that later ones may be dearer."""

from __future__ import annotations

import hashlib
import hmac
import secrets

COST, BLOCK, PARALLEL = 2**15, 8, 3
"""Parameters of scrypt for a password that is read by nobody but a person: 32 MB and about a third of a second."""
SHORTEST, LONGEST = 10, 200
"""Characters of a password."""
_MEMORY = 128 << 20
_MOST_COST = 2**16


def password_hash(password: str, cost: int = COST) -> str:
    """Return how a password is kept: scrypt, its parameters, the salt and the hash; `cost` is scrypt's N."""
    salt = secrets.token_bytes(16)
    return ":".join(("scrypt", f"{cost}", f"{BLOCK}", f"{PARALLEL}", salt.hex(), _scrypt(password, salt, cost).hex()))


def is_password(password: str, kept: str) -> bool:
    """Whether a password is the one of which `kept` is the hash; it takes equally long for a right and a wrong one.

    Raises ValueError where `kept` is no hash of password_hash.
    """
    kind, cost, block, parallel, salt, digest = kept.split(":")
    if kind != "scrypt" or (int(block), int(parallel)) != (BLOCK, PARALLEL) or not 2 <= int(cost) <= _MOST_COST:
        raise ValueError("not a hash of this program")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt), int(cost)), bytes.fromhex(digest))


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=BLOCK, p=PARALLEL, maxmem=_MEMORY, dklen=32)
