"""Several ES modules as one file: fewer requests, and nothing to build with.

Understood are static imports of names or of a whole module from files in the entry's folder, exports of declarations,
and lists of exports. Whatever else begins a line with import or export is refused, and so are modules that import one
another in a circle. Imports at run time, `import(url)`, are left as they are.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_IMPORT = re.compile(
    r"""^import\s*(?:(?:\{(?P<names>[^}]*)\}|\*\s*as\s+(?P<whole>[\w$]+))\s*from\s*)?["'](?P<path>[^"']+)["'];?$""",
    re.MULTILINE,
)
_DECLARATION = re.compile(r"^export\s+(?=(?:const|class|(?:async\s+)?function\s*\*?)\s*(?P<name>[\w$]+))", re.MULTILINE)
_LIST = re.compile(r"^export\s*\{(?P<names>[^}]*)\};?$", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*.*?\*/[ \t]*)\n", re.MULTILINE | re.DOTALL)
_REFUSED = re.compile(r"^(?:import\b(?!\s*[(.])|export\b).*$", re.MULTILINE)


def bundle(entry: Path, *, first: bool = False) -> str:
    """A module and all that it imports, as the text of one module.

    Args:
        entry: its file; what it imports is in its folder, or in folders of that.
        first: whether another bundle comes `after` it: then it exports what that one takes from it.

    Returns:
        The modules in the order in which they run, each in a scope of its own, without their comments.

    Raises:
        ValueError: if a module imports what there is not, if some import one another in a circle, or if one imports or
            exports in a way that is not understood.
    """
    parts: dict[str, _Part] = {}
    _collect(entry.name, entry.parent.resolve(), parts, ())
    given = f"export {{{', '.join(part.variable for part in parts.values())}}}\n" if first else ""
    return _text(parts) + given


def after(entry: Path, first: Path, place: str) -> str:
    """The same of what is needed later: without the modules that another bundle has, which are taken from there.

    Args:
        entry: the file of the module.
        first: that of the other bundle's, in the same folder.
        place: where the other bundle will be, as this one is to import it.

    Returns:
        The text of a module that exports what the entry does.

    Raises:
        ValueError: as `bundle`.
    """
    parts: dict[str, _Part] = {}
    _collect(first.name, first.parent.resolve(), parts, ())
    had = dict(parts)
    _collect(entry.name, entry.parent.resolve(), parts, ())
    own = {name: part for name, part in parts.items() if name not in had}
    whole = own[entry.name]
    taken = ", ".join(part.variable for part in had.values())
    given = f"export const {_braces({name: name for name in sorted(whole.exports)})} = {whole.variable}\n"
    return f'import {{{taken}}} from "{place}"\n{_text(own)}{given}'


class _Part(NamedTuple):
    """A module in a bundle: its text, the variable that holds what it exports, and the names of that."""

    text: str
    variable: str
    exports: set[str]


def _text(parts: Mapping[str, _Part]) -> str:
    return "\n".join(part.text for part in parts.values())


def _collect(name: str, root: Path, parts: dict[str, _Part], importers: tuple[str, ...]) -> None:
    """Adds a module to the parts of a bundle, after all that it imports, unless it is among them."""
    if name in importers:
        circle = [*importers[importers.index(name) :], name]
        raise ValueError(f"these modules import one another in a circle: {' → '.join(circle)}")
    if name in parts:
        return
    text = (root / name).read_text(encoding="utf-8")

    def received(match: re.Match[str]) -> str:
        below = _imported(match["path"], name, root)
        _collect(below, root, parts, (*importers, name))
        names = _pairs(match["names"])
        if missing := names.keys() - parts[below].exports:
            raise ValueError(f"{name} imports {', '.join(sorted(missing))} from {below}, which does not export it")
        if match["whole"]:
            return f"const {match['whole']} = {parts[below].variable}"
        return f"const {_braces(names)} = {parts[below].variable}" if names else ""

    body = _IMPORT.sub(received, text)
    offered = {match["name"]: match["name"] for match in _DECLARATION.finditer(body)}
    for match in _LIST.finditer(body):
        offered |= {theirs: ours for ours, theirs in _pairs(match["names"]).items()}
    body = _LIST.sub("", _DECLARATION.sub("", body))
    if refused := _REFUSED.search(body):
        raise ValueError(f"{name}: a bundle cannot hold {refused[0]!r}")
    result = f"return {_braces(offered)}\n" if offered else ""
    variable = f"module_{len(parts)}"
    whole = f"// {name}\nconst {variable} = (() => {{\n{_without_comments(body).rstrip()}\n{result}}})()\n"
    parts[name] = _Part(whole, variable, {*offered})


def _without_comments(text: str) -> str:
    """A module without the comments that have lines of their own; what stands in a template stays."""

    def kept(match: re.Match[str]) -> str:
        return match[0] if text.count("`", 0, match.start()) % 2 else ""

    return _COMMENT.sub(kept, text)


def _imported(path: str, importer: str, root: Path) -> str:
    """The module that another one imports, as its path from the root."""
    file = (root / importer).parent.joinpath(path).resolve()
    if not path.startswith(("./", "../")) or not file.is_relative_to(root) or not file.is_file():
        raise ValueError(f"{importer} imports {path!r}, but there is no such file in its bundle's folder")
    return file.relative_to(root).as_posix()


def _pairs(names: str | None) -> dict[str, str]:
    """What `{a, b as c}` says: {"a": "a", "b": "c"}."""
    items = [item.split() for item in (names or "").split(",") if item.strip()]
    return {item[0]: item[-1] for item in items}


def _braces(names: dict[str, str]) -> str:
    """Names as they stand in an object or a pattern: {"a": "a", "b": "c"} is `{a, b: c}`."""
    return f"{{{', '.join(key if key == value else f'{key}: {value}' for key, value in names.items())}}}"
