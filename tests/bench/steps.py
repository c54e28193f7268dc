"""Training alone: the loop that runs in the browser and the compiled one, each beside a loop written by hand."""

import re
import statistics
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Worker

from dl_workshop.models import mlp, mlp_init
from dl_workshop.parameters import flatten
from dl_workshop.toy_data import simulate_split
from dl_workshop.training import train
from tests.bench.browser import opened
from tests.bench.servers import Measured
from tests.bench.table import Row, repetitions

HERE = Path(__file__).parent
APP = HERE.parent.parent / "app" / "browser"
SIZES = (2, 4, 2, 1)
BATCH = 10
STEP_SIZE = 0.03
EPOCHS = 2000
MILLISECONDS = 1000
SPLIT = simulate_split("xor", n=500, train_share=0.5)
THETA = mlp_init(SIZES, "tanh", key=0)
NETWORK = "[2,4,2,1], 250 points, batches of 10"


def browser_steps(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """Mini-batch training in the app's worker."""
    repeats, milliseconds = (2, 300) if quick else (5, MILLISECONDS)
    with opened(browser, app.url) as page:
        worker, urls = page.workers[0], _urls(page)
        ours, theirs, alone, theirs_alone = [], [], [], []
        steps = {"order": _order(5000), "urls": urls, "repeats": 1}
        loop = {"order": _order(5000), "urls": urls, "milliseconds": milliseconds}
        for _ in repetitions(repeats):
            ours += worker.evaluate((HERE / "worker_run.js").read_text(), steps)
            theirs.append(_peer(worker, every_step=True, milliseconds=milliseconds))
            alone.append(worker.evaluate(_lowered_loop(), loop))
            theirs_alone.append(_peer(worker, every_step=False, milliseconds=milliseconds))
    rate, peer, bare, bare_peer = (statistics.median(rates) for rates in (ours, theirs, alone, theirs_alone))
    return Row(
        f"browser steps/s, {NETWORK}",
        f"{rate:,.0f}/s: {rate / peer:.1f}×; loop alone {bare:,.0f}/s: {bare / bare_peer:.1f}×",
        f"{peer:,.0f}/s; {bare_peer:,.0f}/s",
        "2×",
        min(rate / peer, bare / bare_peer) >= 2,
        f"median of {len(ours)}, all in the app's own worker, in turn. First a run as the app makes it, with the losses"
        " of all training and all test data at every step, beside network_peer.js with the same; then the loop alone"
        " (batches, gradient, step; the loss once an epoch), beside network_peer.js with the same.",
    )


def _order(steps: int) -> dict[str, Any]:
    """A run as the lesson orders it."""
    parts = {"train": SPLIT.train, "test": SPLIT.test}
    return {
        "model": {"kind": "network", "formulas": f"formulas/network-{len(SIZES) - 2}-tanh.js", "sizes": SIZES},
        "loss": "binary_cross_entropy", "penalty": [0, 0], "optimizer": "gradient_descent", "hessian": False,
        "hyperparameters": {}, "stepSize": STEP_SIZE, "steps": steps, "batchSize": BATCH, "seed": 0, "snapshots": 400,
        "theta": flatten(THETA).tolist(),
        **{name: {"x": part.x.ravel().tolist(), "y": part.y.tolist()} for name, part in parts.items()},
    }  # fmt: skip


def _urls(page: Page) -> dict[str, str]:
    """Where the formulas are, by name."""
    return page.evaluate(
        """() => Object.fromEntries(Object.entries(JSON.parse(document.getElementById("files").textContent))
        .map(([name, place]) => [name, new URL(place, document.baseURI).href]))"""
    )


def _lowered_loop() -> str:
    """The loop's text behind the app's modules that it uses, which import nothing."""
    modules = "\n".join((APP / name).read_text() for name in ("batches.js", "models.js"))
    loop = re.sub(r"\A(?://.*\n)*", "", (HERE / "lowered_loop.js").read_text())
    return f"(given) => {{\n{re.sub(r'^export ', '', modules, flags=re.MULTILINE)}\nreturn ({loop})(given)\n}}"


def _peer(where: Worker | Page, *, every_step: bool, milliseconds: float) -> float:
    """Steps a second of the loop that was written by hand."""
    (x, y), (test_x, test_y) = SPLIT.train, SPLIT.test
    given = {
        "sizes": SIZES, "x": x.ravel().tolist(), "y": y.tolist(), "testX": test_x.ravel().tolist(),
        "testY": test_y.tolist(), "batch": BATCH, "stepSize": STEP_SIZE, "everyStep": every_step,
        "milliseconds": milliseconds,
    }  # fmt: skip
    return where.evaluate((HERE / "network_peer.js").read_text(), given)


def xla_epochs(browser: Browser, *, quick: bool) -> Row:
    """The same training by `dl_workshop.training.train`, warm, the losses taken once an epoch."""
    epochs, per_epoch = EPOCHS // (4 if quick else 1), len(SPLIT.train.y) // BATCH
    model = mlp(SIZES, "tanh")

    def ours() -> float:
        began = time.perf_counter()
        train(
            THETA, model, "binary_cross_entropy", SPLIT.train, test=SPLIT.test, optimizer="gradient_descent",
            step_size=STEP_SIZE, n_steps=per_epoch * epochs, batch_size=BATCH, record_every=per_epoch,
        )  # fmt: skip
        return epochs / (time.perf_counter() - began)

    ours()  # compiles
    page = browser.new_page()
    rates, peers = [], []
    for _ in repetitions(5):
        rates.append(ours())
        peers.append(_peer(page, every_step=False, milliseconds=MILLISECONDS) / per_epoch)
    page.close()
    rate, peer = statistics.median(rates), statistics.median(peers)
    return Row(
        f"XLA epochs/s, {NETWORK}",
        f"{rate:,.0f}/s: {rate / peer:.1f}×",
        f"{peer:,.0f}/s",
        "2×",
        rate >= 2 * peer,
        f"`training.train` over {epochs:,} epochs, losses of both parts once an epoch, median of {len(rates)};"
        " peer: network_peer.js in Chromium, in turn, the loss of one part once an epoch.",
    )
