"""The lessons as a folder of files: what the server serves, and what `dl-workshop export` writes.

`python -m app.site` makes them: it says on standard error what it does, and prints the files, pickled.
"""

import hashlib
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import distribution, version
from pathlib import Path, PurePosixPath

from app.page import INDEX, shell
from app.saying import say
from app.static import Codings, kept
from app.theme import THEMES

_ROOT = Path(__file__).parent
_BROWSER = _ROOT / "browser"
_SOURCES = (_ROOT, _ROOT.parent / "dl_workshop")
_BOKEH = "bokeh/server/static/js/bokeh.min.js"
_PACKAGES = ("bokeh", "holoviews", "jax", "numpy", "scikit-learn")


def files() -> dict[str, Codings]:
    """The files, from the user's cache where they are of this very program; made, by another process, where not.

    Returns:
        By their path in the folder, each as `app.static.encoded` gives it. All but index.html have a name that changes
        with what is in them.
    """
    return kept(_key(), _made_apart)


def _made_apart() -> dict[str, bytes]:
    """Makes the files in a process of its own: what loads for it, some 0.4 GB, is gone when it ends.

    Raises:
        CalledProcessError: if they could not be made; why has been said on standard error.
    """
    # A session of its own: an interrupt from the keyboard is for us alone, and ends it without a traceback.
    made = subprocess.run(
        [sys.executable, "-m", "app.site"], stdout=subprocess.PIPE, check=True, start_new_session=True
    )
    return pickle.loads(made.stdout)


def make(tell: Callable[[str], None]) -> dict[str, bytes]:
    """Makes everything but the page itself.

    Args:
        tell: called with what is being made.

    Returns:
        The files, by the names that the page's scripts know them by.
    """
    tell("the program")
    # Only here: making needs JAX and HoloViews, whose imports take seconds; serving what is made does not.
    import jax

    from app.bundling import after, bundle

    with jax.enable_x64(True):
        from app import cards, code, course, demonstrations, drawing, formulas
        from app.lessons import LESSONS
        from dl_workshop import verdicts

        texts = {"worker.js": bundle(_BROWSER / "worker.js"), "main.js": bundle(_BROWSER / "main.js", first=True)}
        place = f"./{_place('main.js', texts['main.js'].encode())}"
        texts["later.js"] = after(_BROWSER / "later.js", _BROWSER / "main.js", place)
        style = "\n".join(path.read_text(encoding="utf-8") for path in sorted(_BROWSER.glob("*.css")))
        texts["style.css"] = re.sub(r"\s*/\*.*?\*/", "", style, flags=re.DOTALL)
        texts["licences.txt"] = _licences()
        texts["course/formulas.json"] = json.dumps(verdicts.table(), separators=(",", ":"))
        texts["course/demonstrations.json"] = demonstrations.demonstrations_json()
        tell("formulas")
        texts |= formulas.modules()
        for key, lesson in LESSONS.items():
            texts[f"lessons/{key}.json"] = json.dumps(lesson.declaration(), allow_nan=False, separators=(",", ":"))
            texts[f"cards/{key}.json"] = json.dumps(cards.cards(lesson), separators=(",", ":"))
            texts[f"code/{key}.json"] = json.dumps(code.pieces(lesson), separators=(",", ":"))
            texts[f"course/{key}.json"] = course.chapter_json(key)
            tell(f"figures of {lesson.title}")
            texts |= {f"figures/{key}-{name}.json": drawing.figures_json(key, name) for name in THEMES}
        made = {name: text.encode() for name, text in texts.items()} | formulas.files()
    # The core of BokehJS alone: no widgets, no tables, no WebGL, no MathJax.
    made["bokeh.js"] = Path(str(distribution("bokeh").locate_file(_BOKEH))).read_bytes()
    tell("compressed copies")
    return made


def placed(made: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files at paths that change with their contents, and the page that knows the paths."""
    from app.lessons import LESSONS

    places = {name: _place(name, body) for name, body in made.items()}
    titles = {key: lesson.title for key, lesson in LESSONS.items()}
    key = next(iter(LESSONS))
    first = [name for name in (f"lessons/{key}.json", f"formulas/{key}.js", "formulas/common.js") if name in places]
    page = shell(titles, places, first, {name: f"figures/{key}-{name}.json" for name in THEMES})
    return {INDEX: page.encode()} | {places[name]: body for name, body in made.items()}


def _place(name: str, body: bytes) -> str:
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}.{hashlib.sha256(body).hexdigest()[:10]}{path.suffix}"))


def _key() -> str:
    """Tells this program from others: its sources, and the versions of what draws and lowers."""
    digest = hashlib.sha256(repr((sys.version_info[:2], [version(name) for name in _PACKAGES])).encode())
    for root in _SOURCES:
        for path in sorted(path for path in root.rglob("*") if path.suffix in (".py", ".js", ".css", ".md")):
            digest.update(repr((path.relative_to(root).as_posix(), path.read_bytes())).encode())
    return digest.hexdigest()[:20]


def _licences() -> str:
    """What has to be said with what the folder holds."""
    of = {"dl-workshop": "licenses/LICENSE", "bokeh": "licenses/LICENSE.txt"}
    texts = {name: distribution(name).read_text(path) for name, path in of.items()}
    return "\n\n".join(f"{name}\n\n{text}" for name, text in texts.items())


def check(folder: Path) -> None:
    """Raises FileExistsError, with a sentence, unless a folder is empty, an export, or not there yet."""
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file, and the lessons are a folder. Choose another name.")
    if folder.exists() and any(folder.iterdir()) and _exported(folder) is None:
        raise FileExistsError(
            f"{folder} holds other files. Choose an empty folder, or write beside them with --force (replaces {INDEX})."
        )


def export(folder: Path, files: Mapping[str, Codings]) -> None:
    """Writes the files, and removes those of an export before that are not among them.

    Args:
        folder: made if it is not there.
        files: as `files` gives them.

    Raises:
        OSError: if the folder cannot be written to.
    """
    before = _exported(folder) or []
    for name in sorted(files, key=INDEX.__eq__):  # the page last: whoever opens it meanwhile finds all that it names
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name]["identity"])
    for name in before:
        path = folder / name
        if name not in files and path.resolve().is_relative_to(folder.resolve()):
            path.unlink(missing_ok=True)


def _exported(folder: Path) -> list[str] | None:
    """The files that an export has written to a folder, beside its page; None where there is no export."""
    try:
        [table] = re.findall(
            r'<script type="application/json" id="files">(.*?)</script>', (folder / INDEX).read_text("utf-8")
        )
        return [*json.loads(table).values()]
    except (OSError, ValueError):
        return None


def _print_made() -> None:
    """Prints the files."""
    output, sys.stdout = sys.stdout.buffer, sys.stderr  # whatever a library prints is no file
    pickle.dump(placed(make(lambda doing: say(f"Making {doing} …", sys.stderr))), output)


if __name__ == "__main__":
    _print_made()
