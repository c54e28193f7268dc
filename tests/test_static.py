"""Files that are made once: what is kept, and what is made anew."""

import gzip
import os
from pathlib import Path

import brotli
import pytest

from app import static

BODIES = {"index.html": b"<p>short</p>", "a/b.js": b"let x = 1\n" * 500, "c.bin": os.urandom(5000)}


class Maker:
    """Makes the same files whenever it is asked, and counts."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> dict[str, bytes]:
        self.made += 1
        return BODIES


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "dl-workshop"


def test_a_file_is_compressed_where_that_saves_something():
    codings = static.encoded(BODIES["a/b.js"])
    assert (
        codings["identity"] == gzip.decompress(codings["gzip"]) == brotli.decompress(codings["br"]) == BODIES["a/b.js"]
    )
    assert len(codings["br"]) < len(codings["gzip"]) < 100
    assert static.encoded(BODIES["c.bin"]) == {"identity": BODIES["c.bin"]}
    assert static.encoded(BODIES["index.html"]) == {"identity": BODIES["index.html"]}


def test_the_same_bytes_are_compressed_to_the_same_bytes():
    assert static.encoded(BODIES["a/b.js"]) == static.encoded(BODIES["a/b.js"])


def test_files_are_made_once_and_read_from_then_on(cache: Path):
    make = Maker()
    first, second = static.kept("a", make), static.kept("a", make)
    assert make.made == 1
    assert first == second
    assert {name: codings["identity"] for name, codings in second.items()} == BODIES
    assert [path.name for path in cache.iterdir()] == ["site-a.zip"]


def test_another_program_makes_its_own(cache: Path):
    make = Maker()
    static.kept("a", make)
    static.kept("b", make)
    assert make.made == 2


def test_no_bit_of_an_archive_can_be_another(cache: Path):
    make = Maker()
    static.kept("a", make)
    [archive] = cache.iterdir()
    whole = archive.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        archive.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        before = make.made
        assert static.kept("a", make)["c.bin"]["identity"] == BODIES["c.bin"]
        assert make.made == before + 1, at


def test_what_was_left_by_who_was_killed_is_cleared_away(cache: Path):
    cache.mkdir(parents=True)
    old, new = cache / "tmpold.part", cache / "tmpnew.part"
    for part in (old, new):
        part.write_bytes(b"begun")
    os.utime(old, (1000, 1000))
    static.kept("a", Maker())
    assert not old.exists()
    assert new.exists(), "somebody may be writing it"


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_a_damaged_archive_is_made_anew(cache: Path, damage: bytes | None):
    make = Maker()
    static.kept("a", make)
    [archive] = cache.iterdir()
    whole = archive.read_bytes()
    at = whole.index(BODIES["c.bin"]) + 100
    archive.write_bytes(whole[:at] + b"?" + whole[at + 1 :] if damage is None else damage)
    assert static.kept("a", make)["c.bin"]["identity"] == BODIES["c.bin"]
    assert make.made == 2
    static.kept("a", make)
    assert make.made == 2


def test_where_nothing_can_be_kept_files_are_made_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    make = Maker()
    assert static.kept("a", make)["c.bin"] == {"identity": BODIES["c.bin"]}
    assert static.kept("a", make).keys() == BODIES.keys()
    assert make.made == 2


def test_without_a_home_files_are_made_in_memory(monkeypatch: pytest.MonkeyPatch):
    def homeless() -> Path:
        raise RuntimeError("no home directory")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(static.Path, "home", homeless)
    assert static.cache_folder() is None
    assert static.kept("a", Maker()).keys() == BODIES.keys()


def test_what_is_interrupted_leaves_nothing_behind(cache: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupt(source: object, target: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(static.os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        static.kept("a", Maker())
    assert list(cache.iterdir()) == []


def test_archives_of_old_programs_make_room(cache: Path):
    for age, key in enumerate("abcdef"):
        static.kept(key, Maker())
        os.utime(cache / f"site-{key}.zip", (1000 + age, 1000 + age))
    static.kept("g", Maker())
    assert sorted(path.stem for path in cache.iterdir()) == ["site-d", "site-e", "site-f", "site-g"]
