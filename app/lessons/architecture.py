"""Which networks the third lesson has: the browser needs one lowered formula for each."""

import re
from typing import NamedTuple

from dl_workshop.models import ACTIVATIONS, Model, mlp
from dl_workshop.toy_data import FEATURES

PLAIN, REAL = 2, 30  # inputs of the sets in the plane, and of the real set
MAX_LAYERS = 6
MAX_UNITS = {1: 8, PLAIN: 8, REAL: 32}  # by the number of inputs of the data


class Architecture(NamedTuple):
    """What the browser must know to compute the network."""

    features: tuple[str, ...]  # empty where the inputs are the data's own columns
    sizes: tuple[int, ...]
    activation: str

    @property
    def model(self) -> Model:
        """The network as a function of its inputs."""
        return mlp(self.sizes, self.activation)

    @property
    def path(self) -> str:
        """Where the server has the lowered formula."""
        parts = ("+".join(self.features) or "columns", "-".join(map(str, self.sizes)), self.activation)
        return f"network/{'/'.join(parts)}.js"

    @classmethod
    def at(cls, path: str) -> "Architecture | None":
        """The architecture that has a path; None where there is none within the lesson's limits."""
        match = re.fullmatch(r"network/([\w+]{1,80})/((?:\d{1,2}-){1,9}1)/(\w{1,20})\.js", path)
        if match is None:
            return None
        features, sizes, activation = match.groups()
        chosen = () if features == "columns" else tuple(features.split("+"))
        widths = tuple(int(size) for size in sizes.split("-"))
        architecture = cls(chosen, widths, activation)
        possible = (
            architecture.path == path
            and list(chosen) == [name for name in FEATURES if name in chosen]
            and activation in ACTIVATIONS
            and 2 <= len(widths) <= MAX_LAYERS + 2
            and widths[0] in ((len(chosen),) if chosen else (1, REAL))
            and all(1 <= width <= MAX_UNITS[PLAIN if chosen else widths[0]] for width in widths[1:-1])
        )
        return architecture if possible else None
