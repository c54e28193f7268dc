"""How much there is to read."""

from pathlib import Path

from tests.bench.table import Row

APP = Path(__file__).parents[2] / "app"
REACH = {"js": 4000, "py": 1900}


def lines_of_app() -> Row:
    """Lines of JavaScript and Python in app."""
    counts = {kind: sum(len(path.read_text().splitlines()) for path in APP.rglob(f"*.{kind}")) for kind in REACH}
    return Row(
        "lines of JavaScript and Python in app",
        f"{counts['js'] / 1000:.1f}k + {counts['py'] / 1000:.1f}k",
        "",
        "4.0k + 1.9k",
        all(counts[kind] <= most for kind, most in REACH.items()),
        "all lines of all files.",
    )
