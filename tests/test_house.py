"""The library stands alone: it loads no part of the application, and leaves JAX as it finds it."""

import subprocess
import sys

FORBIDDEN = ("panel", "panel_material_ui", "holoviews", "bokeh", "param", "playwright", "app")

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
from dl_workshop.models import mlp, mlp_init
from dl_workshop.networks import train_network
from dl_workshop.planes import plane_surface, trajectory_plane
from dl_workshop.surfaces import best_fit, largest_stable_step_size, loss_surface
from dl_workshop.toy_data import expand, simulate_split
from dl_workshop.training import train

line, classes, zero = simulate_line(), simulate_classes(seed=1, noise=6.0), {"w": 0.0, "b": 0.0}
fit = best_fit("linear", "mse", line)
assert abs(fit.theta["w"] - np.polyfit(*line, 1)[0]) < 1e-9, "a best fit has 64 bits"
assert best_fit("logistic", "binary_cross_entropy", classes).theta is not None
assert abs(largest_stable_step_size("linear", "mse", line) - 0.1176) < 1e-3
for name in ("adam", "newton"):
    path = train(zero, "linear", "mse", line, optimizer=name, n_steps=600)
    assert path.loss.dtype == path.theta["w"].dtype == np.float32
    assert path.diverged_at is None and path.loss[-1] < path.loss[0], name
train(zero, "logistic", "binary_cross_entropy", classes, batch_size=10)
surface = loss_surface("linear", "mae", line, [0.0, 1.0], [2.0])
assert surface.shape == (1, 2) and surface.dtype == np.float32
y = make_y(x, w_true, b_true)
losses, theta = model_optimization_loop(zero, linear_model, mseloss, x, y, step_size=0.01)
assert losses[-1] < 2.0
guess = {"w": -5.0, "b": 3.0}
losses, theta = model_optimization_loop(guess, logistic_model, logistic_loss, *classes, 5000, 1e-3)
assert np.isfinite(losses).all() and losses[-1] < losses[0] / 3
network, moons = mlp((2, 4, 1)), simulate_split("moons")
run = train_network(mlp_init((2, 4, 1)), network, "binary_cross_entropy", moons, batch_size=10)
assert run.theta.dtype == run.loss.dtype == run.test_loss.dtype == np.float32
assert run.diverged_at is None and run.loss[-1] < 0.05
plane = trajectory_plane(run.theta)
surface = plane_surface(network, "binary_cross_entropy", moons.train, plane, [0.0, 1.0], [0.0])
assert surface.dtype == np.float32 and abs(surface[0, 0] - run.loss[-1]) < 1e-5
assert np.allclose(expand(moons.train.x, ("x1_x2",))[:, 0], moons.train.x.prod(axis=1), rtol=1e-5)
"""


def run_in_a_fresh_interpreter(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_the_library_loads_no_user_interface_and_changes_no_setting():
    run_in_a_fresh_interpreter(IMPORT_ALL)


def test_the_library_works_in_32_bits():
    run_in_a_fresh_interpreter(IN_32_BITS)
