"""Settings as bounded params that also say where they stand and what depends on them.

A declaration of these is the only place where a setting's bounds, label, doc, default, control and consequences stand.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import param

from dl_workshop.grammar import LONGEST
from dl_workshop.written import OWN

CARDS = ("data", "model", "loss", "optimizer")

# What a setting's change brings with it, the most far-reaching first.
CHANGES = ("data", "model", "loss", "theta", "run")

OWN_LABEL = "My own formula"

_PLACE = {"card": None, "changes": None, "only": None}


class _Setting:
    """What every setting says beyond what a param does."""

    __slots__ = ()

    def __init__(
        self,
        default: Any = param.Undefined,
        *,
        card: str | None = None,
        changes: str,
        only: tuple[str, Sequence[str]] | None = None,
        **options: Any,
    ) -> None:
        """Declares the setting.

        Args:
            default: its value at first.
            card: one of `CARDS`, where its control stands; None for a setting that has none.
            changes: one of `CHANGES`.
            only: (another setting, its values) for which the control is there.
            options: of the param.
        """
        super().__init__(default=default, **options)  # type: ignore[call-arg]  # that of the param beside it
        for name, value in (("card", card), ("changes", changes), ("only", only)):
            setattr(self, name, value)  # slots of the class below


class Number(_Setting, param.Number):
    """A number with a slider and a box.

    Args:
        log: whether the slider goes over the exponent.
        span: where the slider ends, if not at the bounds.
        options: as `_Setting`'s.
    """

    __slots__ = ["card", "changes", "log", "only", "span"]
    _slot_defaults = param.Number._slot_defaults | _PLACE | {"log": False, "span": None}

    def __init__(
        self,
        default: Any = param.Undefined,
        *,
        log: bool = False,
        span: tuple[float, float] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(default, **options)
        self.log, self.span = log, span


class Integer(_Setting, param.Integer):
    """A whole number with a slider and a box."""

    __slots__ = ["card", "changes", "only"]
    _slot_defaults = param.Integer._slot_defaults | _PLACE


class Choice(_Setting, param.Selector):
    """One of several names, in a drop-down list.

    Args:
        own: whether there is one more choice, called `OWN`: what the learner has written.
        options: as `_Setting`'s.
    """

    __slots__ = ["card", "changes", "only", "own"]
    _slot_defaults = param.Selector._slot_defaults | _PLACE | {"own": False}

    def __init__(self, default: Any = param.Undefined, *, own: bool = False, **options: Any) -> None:
        super().__init__(default, **options)
        self.own = own


class Formula(_Setting, param.String):
    """A formula in Python notation, in a box to write it in."""

    __slots__ = ["card", "changes", "only"]
    _slot_defaults = param.String._slot_defaults | _PLACE


class Names(_Setting, param.List):
    """A list that the network's diagram changes: features, or units of each hidden layer."""

    __slots__ = ["card", "changes", "only"]
    _slot_defaults = param.List._slot_defaults | _PLACE


class Switch(_Setting, param.Boolean):
    """Something that is on or off."""

    __slots__ = ["card", "changes", "only"]
    _slot_defaults = param.Boolean._slot_defaults | _PLACE


class Points(_Setting, param.List):
    """The learner's own points, x and y of each one after the other; none where the data are drawn.

    Args:
        most: how many points there can be.
        largest: how far from zero x and y can lie.
        options: as `_Setting`'s.
    """

    __slots__ = ["card", "changes", "largest", "most", "only"]
    _slot_defaults = param.List._slot_defaults | _PLACE | {"most": 0, "largest": 0.0}

    def __init__(self, default: Any = param.Undefined, *, most: int, largest: float, **options: Any) -> None:
        super().__init__(default, **options)
        self.most, self.largest = most, largest


class Table(_Setting, param.Dict):
    """The learner's own table: names of its columns, of its target and of its classes, and its numbers row by row.

    Args:
        most: how many rows there can be.
        columns: how many of them are inputs at most.
        largest: how far from zero a number can lie.
        options: as `_Setting`'s.
    """

    __slots__ = ["card", "changes", "columns", "largest", "most", "only"]
    _slot_defaults = param.Dict._slot_defaults | _PLACE | {"most": 0, "columns": 0, "largest": 0.0}

    def __init__(
        self, default: Any = param.Undefined, *, most: int, columns: int, largest: float, **options: Any
    ) -> None:
        super().__init__(default, **options)
        self.most, self.columns, self.largest = most, columns, largest


SETTINGS = (Number, Integer, Choice, Formula, Names, Switch, Points, Table)


def options(registry: Mapping[str, Any], names: Sequence[str] | None = None) -> dict[str, str]:
    """Return the choices of a drop-down list, label to name, from a registry."""
    return {registry[name].label: name for name in names or tuple(registry)}


def row(name: str, setting: param.Parameter) -> dict[str, Any]:
    """Return what the browser knows of a setting: a row of its table."""
    common = {
        "name": name,
        "card": setting.card,
        "changes": setting.changes,
        "only": setting.only,
        "label": setting.label,
        "doc": setting.doc,
        "default": setting.default,
    }
    if isinstance(setting, Choice):
        offered = [*setting.names.items(), *([(OWN_LABEL, OWN)] if setting.own else [])]
        return common | {"kind": "choice", "options": [[label, value] for label, value in offered]}
    if isinstance(setting, Formula):
        return common | {"kind": "formula", "longest": LONGEST}
    if isinstance(setting, Names):
        return common | {"kind": "list"}
    if isinstance(setting, Switch):
        return common | {"kind": "switch"}
    if isinstance(setting, Points):
        return common | {"kind": "points", "most": setting.most, "low": -setting.largest, "high": setting.largest}
    if isinstance(setting, Table):
        ends = {"low": -setting.largest, "high": setting.largest}
        return common | ends | {"kind": "table", "most": setting.most, "columns": setting.columns}
    low, high = setting.bounds
    start, end = getattr(setting, "span", None) or (low, high)
    kind = "integer" if isinstance(setting, Integer) else "number"
    ends = {"low": low, "high": high, "start": start, "end": end, "step": setting.step}
    return common | ends | {"kind": kind, "log": getattr(setting, "log", False)}
