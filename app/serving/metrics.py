"""What the server tells of itself, for Prometheus."""

from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

KIND = CONTENT_TYPE_LATEST
LAGS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)  # seconds
COMPILING = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0)  # seconds


class Metrics:
    """Counts and times; memory, descriptors and processor time of the process are among them.

    Args:
        connections: how many there are just now.
        waiting: how many formulas wait to be compiled.
        compiler_memory: bytes that the process has which compiles.
    """

    def __init__(
        self, connections: Callable[[], float], waiting: Callable[[], float], compiler_memory: Callable[[], float]
    ) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        name = "dl_workshop_"
        self._responses = Counter(f"{name}responses", "Answers, by their code.", ["status"], registry=self._registry)
        self._pages = Counter(f"{name}pages", "Times that the page was asked for.", registry=self._registry)
        self._errors = Counter(
            f"{name}errors", "What clients were refused or ended for, by kind.", ["kind"], registry=self._registry
        )
        self._compiling = Histogram(
            f"{name}compile_seconds", "From asking for a formula to having it, by the answer's code.", ["status"],
            buckets=COMPILING, registry=self._registry,
        )  # fmt: skip
        self._lag = Histogram(
            f"{name}event_loop_lag_seconds", "How late the loop is.", buckets=LAGS, registry=self._registry
        )
        for key, said, of in (
            ("connections", "Connections that are open.", connections),
            ("compile_waiting", "Formulas that wait to be compiled.", waiting),
            ("compiler_resident_memory_bytes", "Memory of the process that compiles.", compiler_memory),
        ):
            Gauge(name + key, said, registry=self._registry).set_function(of)

    def text(self) -> bytes:
        """All of them, as Prometheus reads them."""
        return generate_latest(self._registry)

    def opened(self) -> None:
        """The page was asked for."""
        self._pages.inc()

    def answered(self, status: int) -> None:
        """An answer was given."""
        self._responses.labels(status).inc()

    def refused(self, kind: str) -> None:
        """A client was refused something, or ended."""
        self._errors.labels(kind).inc()

    def compiled(self, status: int, seconds: float) -> None:
        """A formula was answered."""
        self._compiling.labels(status).observe(seconds)

    def late(self, seconds: float) -> None:
        """The loop came to something later than it was to."""
        self._lag.observe(seconds)
