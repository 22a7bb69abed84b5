"""The people of a desk in HOME/desk/users.toml: name, role and hash of the password, read again when it has changed."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.changing import changing
from xuanpin.pipelines.desk.passwords import LONGEST, SHORTEST, parts, password_hash
from xuanpin.pipelines.desk.people import ROLES, Role
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.home_modes import PRIVATE, keep_private
from xuanpin.pipelines.typed.names import did_you_mean, folded
from xuanpin.pipelines.typed.phrase import joined, phrase
from xuanpin.pipelines.typed.words import clean_words

FILE = "users.toml"
LONGEST_NAME = 64
"""Characters of a name."""
_KEYS = {"name", "role", "password"}


@dataclass(frozen=True)
class User:
    """One entry of the file: `name`, `role` and how the password is kept (`hash`)."""

    name: str
    role: Role
    hash: str

    @property
    def mark(self) -> str:
        """Tell the passwords of one person apart without showing anything of them: 16 hexadecimal digits."""
        return hashlib.sha256(self.hash.encode()).hexdigest()[:16]


def users(home: Home) -> Mapping[str, User]:
    """Return the people of the desk by name; none where there is no file.

    Raises UsageError where the file is not as this program writes it, or may be read by others.
    """
    path = home.desk / FILE
    try:
        found = path.stat()
    except FileNotFoundError:
        return {}
    if found.st_mode & PRIVATE:
        raise UsageError(
            phrase(
                "{path} may be read or written by others; run `chmod 600 {path}`, then change the passwords", path=path
            )
        )
    return _read(path, (found.st_mtime_ns, found.st_size, found.st_ino))


@lru_cache(maxsize=8)
def _read(path: Path, stamp: tuple[int, int, int]) -> Mapping[str, User]:
    """Read the file as it is at the time `stamp`."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("user", [])
        return {user.name: user for user in map(_user, entries)}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(
            phrase(
                "{path} is damaged or wrongly edited; restore it from a backup of the home, or delete it and add "
                "people with `xuanpin users add`",
                path=path,
            )
        ) from error


def _user(entry: Mapping[str, str]) -> User:
    if set(entry) != _KEYS or entry["role"] not in ROLES:
        raise ValueError("not an entry of this program")
    parts(entry["password"])
    return User(entry["name"], _role(entry["role"]), entry["password"])


def _role(name: str) -> Role:
    return next(role for role in ROLES if role == name)


def add_user(home: Home, name: str, role: str, password: str) -> bool:
    """Add a person, or give one who is there another role and password; return whether she is new.

    Raises UsageError for an unknown role, a name of another form or one that looks like another's, a password that is
    too short.
    """
    if role not in ROLES:
        raise UsageError(
            phrase(
                "there is no role {role!r}{near}; roles are {roles}",
                role=clean_words(role),
                near=did_you_mean(role, ROLES),
                roles=joined(ROLES),
            )
        )
    _refuse_password(password)
    kept = password_hash(password)
    with changing(home):
        known = dict(users(home))
        name = _right_name(name, known)
        is_new = name not in known
        write_users(home, known | {name: User(name, _role(role), kept)})
    return is_new


def remove_user(home: Home, name: str) -> None:
    """Remove a person, whose sessions end with that; raise UsageError where there is none of that name."""
    with changing(home):
        known = dict(users(home))
        if name not in known:
            raise UsageError(
                phrase(
                    "there is nobody named {name!r} in {path}{near}",
                    name=clean_words(name),
                    path=home.desk / FILE,
                    near=did_you_mean(name, known),
                )
            )
        del known[name]
        write_users(home, known)


def _right_name(name: str, known: Mapping[str, User]) -> str:
    cleaned = clean_words(name)
    if not cleaned or len(cleaned) > LONGEST_NAME:
        raise UsageError(
            phrase("a name has 1 to {most} characters; {count} were given", most=LONGEST_NAME, count=len(cleaned))
        )
    alike = [other for other in known if folded(other) == folded(cleaned) and other != cleaned]
    if alike:
        raise UsageError(
            phrase(
                "{name!r} looks like {other!r}, who is there already; choose another name", name=cleaned, other=alike[0]
            )
        )
    return cleaned


def _refuse_password(password: str) -> None:
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(
            phrase(
                "a password has {least} to {most} characters; {count} were given",
                least=SHORTEST,
                most=LONGEST,
                count=len(password),
            )
        )


def write_users(home: Home, known: Mapping[str, User]) -> None:
    """Write the people `known` as the whole file, in one step and for the home's owner alone."""
    keep_private(home)
    home.desk.mkdir(mode=0o700, exist_ok=True)
    with run_store.replacing(home.desk / FILE) as out:
        out.write("# Written by `xuanpin users`; the desk reads it again when it has changed.\n")
        for user in sorted(known.values(), key=lambda user: user.name):
            rows = {"name": user.name, "role": user.role, "password": user.hash}
            out.write("\n[[user]]\n" + "".join(f"{key} = {_quoted(value)}\n" for key, value in rows.items()))
    (home.desk / FILE).chmod(0o600)


def _quoted(text: str) -> str:
    """Write a text as TOML: its escapes are those of JSON for all that a cleaned name can hold."""
    return json.dumps(text, ensure_ascii=False)
