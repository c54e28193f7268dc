"""The form of pytrees in JavaScript: a dict is an object, a list or tuple an array, None is null."""

import json
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import jax

NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


def children(tree: Any) -> list[tuple[Any, Any]] | None:
    """The keys and parts of a container, in the order of JAX; or None for a leaf."""
    if tree is None:
        return []
    if isinstance(tree, Mapping):
        if odd := [key for key in tree if not isinstance(key, str)]:
            raise TypeError(f"the key {odd[0]!r} of a dict has no order in JavaScript: use texts as keys")
        keys = list(tree) if isinstance(tree, OrderedDict) else sorted(tree)
        return [(key, tree[key]) for key in keys]
    if isinstance(tree, (tuple, list)):
        return list(enumerate(tree))
    if not jax.tree_util.all_leaves([tree]):
        raise TypeError(f"a {type(tree).__name__} has no form in JavaScript: use dict, list, tuple and None")
    return None


def places(tree: Any, root: str) -> Iterator[str]:
    """The expression of each leaf of the pytree that is called `root`."""
    parts = children(tree)
    if parts is None:
        yield root
        return
    for key, part in parts:
        is_name = isinstance(key, str) and NAME.fullmatch(key)
        yield from places(part, root + (f".{key}" if is_name else f"[{json.dumps(key)}]"))


def literal(tree: Any, leaves: Iterator[int]) -> str:
    """The pytree as a template, with a place for each leaf."""
    parts = children(tree)
    if tree is None:
        return "null"
    if parts is None:
        return f"{{{next(leaves)}}}"
    if not isinstance(tree, Mapping):
        return "[" + ", ".join(literal(part, leaves) for _, part in parts) + "]"
    pairs = []
    for key, part in parts:
        name = json.dumps(str(key)).replace("{", "{{").replace("}", "}}")
        pairs.append(f"{name}: {literal(part, leaves)}")
    return "{{" + ", ".join(pairs) + "}}"
