"""A packed home is the same file whenever it is packed, whoever owns it."""

import os
import tarfile
from pathlib import Path

from tools.pack_home import pack


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "published" / "list_date=2026-11-22").mkdir(parents=True)
    (home / "warehouse.duckdb").write_bytes(b"rows")
    (home / "published" / "current.json").write_text("{}", encoding="utf-8")
    pack(home, tmp_path / "first.tar.xz")
    os.utime(home / "warehouse.duckdb", (1, 1))
    (home / "published" / "current.json").chmod(0o600)
    pack(home, tmp_path / "second.tar.xz")
    assert (tmp_path / "first.tar.xz").read_bytes() == (tmp_path / "second.tar.xz").read_bytes()
    with tarfile.open(tmp_path / "first.tar.xz") as archive:
        assert archive.getnames() == [
            "published", "published/current.json", "published/list_date=2026-11-22", "warehouse.duckdb",
        ]  # fmt: skip
        assert {(entry.uid, entry.mtime, entry.uname) for entry in archive} == {(0, 0, "root")}
