"""How often XLA compiles something, counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax

_compiled: list[str] = []


def _note(event: str, duration: float, **details: Any) -> None:
    if event == "/jax/core/compile/backend_compile_duration":
        _compiled.append(str(details.get("fun_name", event)))


jax.monitoring.register_event_duration_secs_listener(_note)


@contextmanager
def compilations() -> Iterator[list[str]]:
    """A list that holds, when the block is over, the names of what was compiled in it."""
    before, found = len(_compiled), list[str]()
    yield found
    found.extend(_compiled[before:])
