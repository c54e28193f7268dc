"""Files that are made once: compressed, and kept on disk from one start of the program to the next."""

import gzip
import hashlib
import io
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import brotli

MOST_ARCHIVES = 4  # that are kept; the oldest make room
DIGEST = 32  # bytes in front of an archive: its SHA-256
WRITING = 600  # seconds after which a part of an archive is what somebody left who was killed
SMALL = 200  # bytes: compressing what is shorter saves nothing that counts

Codings = dict[str, bytes]  # a file as it is sent, by HTTP's name of the content coding


def encoded(body: bytes) -> Codings:
    """A file as it is ("identity"), and as small as it can be made ("gzip", "br") where that saves something."""
    codings = {"identity": body}
    if len(body) >= SMALL:
        small = {"gzip": gzip.compress(body, 9, mtime=0), "br": brotli.compress(body)}
        codings |= {coding: text for coding, text in small.items() if len(text) < len(body)}
    return codings


def kept(key: str, make: Callable[[], Mapping[str, bytes]]) -> dict[str, Codings]:
    """Files that were made before, or are made now and kept, if there is a place to keep them.

    Args:
        key: of what they are made from: another key, other files.
        make: makes them, by name.

    Returns:
        The files, by name.
    """
    folder = cache_folder()
    archive = None if folder is None else folder / f"site-{key}.zip"
    files = None if archive is None else _read(archive)
    if files is None:
        files = {name: encoded(body) for name, body in make().items()}
        if archive is not None:
            with suppress(OSError):  # a home that cannot be written to, a full disk
                _write(archive, files)
    return files


def cache_folder() -> Path | None:
    """Where made files are kept: the user's cache; None where there is no home."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dl-workshop"
    except RuntimeError:
        return None


def _read(archive: Path) -> dict[str, Codings] | None:
    """What an archive holds, or None if there is none that is whole, to the last bit."""
    files: dict[str, Codings] = {}
    try:
        whole = archive.read_bytes()
    except OSError:
        return None
    digest, body = whole[:DIGEST], whole[DIGEST:]
    if hashlib.sha256(body).digest() != digest:
        return None
    with zipfile.ZipFile(io.BytesIO(body)) as stored:
        for path in stored.namelist():
            coding, name = path.split("/", 1)
            files.setdefault(name, {})[coding] = stored.read(path)
    return files


def _write(archive: Path, files: Mapping[str, Codings]) -> None:
    """Writes an archive in one piece: whoever reads it meanwhile sees the whole, or nothing."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_STORED) as stored:
        for name, codings in files.items():
            for coding, text in codings.items():
                stored.writestr(f"{coding}/{name}", text)
    with tempfile.NamedTemporaryFile(dir=archive.parent, suffix=".part", delete=False) as part:
        try:
            part.write(hashlib.sha256(body.getbuffer()).digest())
            part.write(body.getbuffer())
            part.close()
            os.replace(part.name, archive)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
    of_age = sorted(archive.parent.glob("site-*.zip"), key=lambda path: path.stat().st_mtime)[:-MOST_ARCHIVES]
    killed = [path for path in archive.parent.glob("*.part") if path.stat().st_mtime < time.time() - WRITING]
    for path in of_age + killed:
        path.unlink(missing_ok=True)
