"""What holds the house together: who imports whom, what the library leaves alone, and what stands in no file."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bundling import bundle
from tests.serving import ROOT

# From the top down: a module imports from layers below its own, and from its own folder.
PYTHON = (
    ("__main__",), ("cli",), ("server", "site"), ("compiling",), ("serving",),
    ("page", "static", "saying", "ending", "bundling", "demonstrations"),
    ("drawing", "formulas", "course", "code", "cards"), ("lessons", "figures"),
    ("theme", "mathml", "library_source"),
)  # fmt: skip
JAVASCRIPT = (
    ("main", "worker", "later"),
    ("course", "pair"),
    ("lessons/", "exercises/"),
    ("live", "blocks", "report", "listing", "sketch", "address", "editing", "opening",
     "state_file"),
    ("progress", "link", "admit", "memory", "presenter", "demonstrations"),
    ("lesson",),
    ("workplace", "answering", "runs", "landscape", "transport", "controls", "words", "plots", "page", "figures/",
     "about", "comparing", "offering"),
    # without a page: what is computed, and what is known of the state
    ("training", "surveys", "minima", "planes", "models", "chain", "batches", "state", "player", "files", "format",
     "geometry", "isoline", "crossings", "ticks", "painting", "pointer", "expressions", "parsing", "code",
     "python", "dialog", "own", "embed", "keyboard", "enlarging", "scanning", "qr", "points", "own_table", "csv",
     "choosing", "saving"),
)  # fmt: skip
BROWSER = ROOT / "app" / "browser"

FORBIDDEN = ("panel", "panel_material_ui", "holoviews", "bokeh", "param", "playwright", "tornado", "app")

IMPORT_ALL = f"""
import importlib, pkgutil, sys
import jax
import dl_workshop
for module in pkgutil.walk_packages(dl_workshop.__path__, "dl_workshop."):
    importlib.import_module(module.name)
assert "dl_workshop.answers" in sys.modules and "dl_workshop.training" in sys.modules
found = [name for name in {FORBIDDEN!r} if name in sys.modules]
assert not found, found
assert not jax.config.jax_enable_x64
"""

IN_32_BITS = """
import numpy as np
from dl_workshop.answers import *
from dl_workshop.data import simulate_classes, simulate_line
from dl_workshop.minima import best_fit
from dl_workshop.models import MODELS, mlp, mlp_init
from dl_workshop.planes import plane_surface, run_plane
from dl_workshop.surfaces import largest_stable_step_size, loss_surface
from dl_workshop.toy_data import expand, simulate_split
from dl_workshop.training import train

line, classes = simulate_line(), simulate_classes(seed=1)
fit = best_fit("linear", "mse", line)
assert np.abs(fit.theta - np.polyfit(*line, 1)).max() < 1e-9, "a best fit has 64 bits"
assert best_fit("logistic", "binary_cross_entropy", classes).theta is not None
assert abs(largest_stable_step_size("linear", "mse", line) - 0.1176) < 1e-3
zero = MODELS["linear"].init()
for name in ("adam", "newton"):
    path = train(zero, "linear", "mse", line, optimizer=name, step_size=0.1 if name == "adam" else 1.0, n_steps=600)
    assert path.loss.dtype == path.theta.dtype == np.float32
    assert path.diverged_at is None and path.loss[-1] < path.loss[0], name
train(zero, "logistic", "binary_cross_entropy", classes, batch_size=10)
surface = loss_surface("linear", "mae", line, [0.0, 1.0], [2.0])
assert surface.shape == (1, 2) and surface.dtype == np.float32
y = make_y(x, w_true, b_true)
losses, theta = model_optimization_loop({"w": 0.0, "b": 0.0}, linear_model, mseloss, x, y, step_size=0.01)
assert losses[-1] < 2.0
guess = {"w": -5.0, "b": 3.0}
losses, theta = model_optimization_loop(guess, logistic_model, logistic_loss, *classes, 5000, 1e-3)
assert np.isfinite(losses).all() and losses[-1] < losses[0] / 3
network, moons = mlp((2, 4, 1)), simulate_split("moons")
run = train(
    mlp_init((2, 4, 1)), network, "binary_cross_entropy", moons.train,
    test=moons.test, optimizer="adam", step_size=0.03, n_steps=2000, batch_size=10,
)
assert run.theta.dtype == run.loss.dtype == run.test_loss.dtype == np.float32
assert run.diverged_at is None and run.loss[-1] < 0.05
plane = run_plane(run.theta)
surface = plane_surface(network, "binary_cross_entropy", moons.train, plane, [0.0, 1.0], [0.0])
assert surface.dtype == np.float32 and np.isfinite(surface).all()
assert np.allclose(expand(moons.train.x, ("x1_x2",))[:, 0], moons.train.x.prod(axis=1), rtol=1e-5)
"""


def run_in_a_fresh_interpreter(code: str) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_the_library_loads_no_user_interface_and_changes_no_setting():
    run_in_a_fresh_interpreter(IMPORT_ALL)


def test_the_library_works_in_32_bits():
    run_in_a_fresh_interpreter(IN_32_BITS)


def imported(file: Path) -> Iterator[str]:
    """The modules that a Python file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"{file}: an import that begins with a point"
            below = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from below if node.module == "app" else [node.module]


def layer_of(name: str, layers: tuple[tuple[str, ...], ...]) -> int:
    """The layer of a module; every module has one."""
    [layer] = [k for k, names in enumerate(layers) if name in names]
    return layer


@pytest.mark.parametrize(
    "file", sorted((ROOT / "app").rglob("*.py")), ids=lambda file: file.relative_to(ROOT / "app").as_posix()
)
def test_imports_of_the_application_point_one_way(file: Path):
    own = file.relative_to(ROOT / "app").parts[0].removesuffix(".py")
    modules = {*imported(file)}
    below = {module.split(".")[1] for module in modules if module.startswith("app.")} - {own}
    if own == "__init__":
        assert not below
        return
    upward = {other for other in below if layer_of(other, PYTHON) <= layer_of(own, PYTHON)}
    assert not upward, f"{own} imports {', '.join(sorted(upward))}"


@pytest.mark.parametrize("file", sorted((ROOT / "app" / "lessons").rglob("*.py")), ids=lambda file: file.name)
def test_lessons_know_no_library_that_draws(file: Path):
    drawing = {"holoviews", "panel", "panel_material_ui", "bokeh", "tornado"}
    assert not drawing & {module.split(".")[0] for module in imported(file)}


def javascript_imports(file: Path) -> list[str]:
    """The modules that a JavaScript module imports, as paths from the folder of all of them."""
    paths = re.findall(r"^import\b[^\"]*\"(\.[^\"]+)\"", file.read_text(encoding="utf-8"), re.MULTILINE)
    return [(file.parent / path).resolve().relative_to(BROWSER).as_posix() for path in paths]


def javascript_layer(name: str) -> int:
    """The layer of a JavaScript module; a folder is in one as a whole."""
    folder, slash, _ = name.partition("/")
    return layer_of(folder + slash if slash else name.removesuffix(".js"), JAVASCRIPT)


@pytest.mark.parametrize("file", sorted(BROWSER.rglob("*.js")), ids=lambda file: file.relative_to(BROWSER).as_posix())
def test_imports_of_the_page_point_one_way(file: Path):
    name = file.relative_to(BROWSER).as_posix()
    upward = [other for other in javascript_imports(file) if javascript_layer(other) < javascript_layer(name)]
    assert not upward, f"{name} imports {', '.join(upward)}"


def test_a_worker_has_no_page():
    code = re.sub(r"^\s*(//.*|/?\*.*)$", "", bundle(BROWSER / "worker.js"), flags=re.MULTILINE)
    assert not re.findall(r"\b(?:document|window|localStorage)\b\s*\.", code)


def test_no_tracked_file_names_a_registry_or_a_place_of_one_machine():
    registries = "|".join(("py" + "pi", "python" + "hosted", "npm" + "js", "debian" + r"\.org"))
    places = "|".join(("ro" + "ot", "wo" + "rk", "Us" + "ers"))
    pattern = rf"https?://[a-z0-9.-]*({registries})|(^|[ \"'=:])/({places})/"
    found = subprocess.run(
        ["git", "grep", "-nIE", pattern, "--", "."], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if found.returncode > 1:
        pytest.skip(f"no repository here: {found.stderr}")
    assert found.stdout == ""
