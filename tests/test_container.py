"""The container: built and run by buildah without a daemon, where that and a base image can be had."""

import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from urllib.request import urlopen

import psutil
import pytest

from tests.serving import ROOT, free_port

BASE = "DL_WORKSHOP_TEST_BASE"  # names an image that is here already, with Python 3.11 or newer as `python`
LONGEST = 600  # seconds to build


@pytest.fixture(scope="module")
def image() -> str:
    """The image, built as the guide says."""
    buildah, base = shutil.which("buildah"), os.environ.get(BASE)
    if buildah is None or base is None:
        pytest.skip("buildah is not installed" if buildah is None else f"{BASE} names no base image")
    command = [buildah, "bud", "--isolation", "chroot", "--build-arg", f"BASE={base}", "--tag", "dl-workshop-test", "."]
    subprocess.run(command, cwd=ROOT, check=True, timeout=LONGEST, capture_output=True)
    return "dl-workshop-test"


def test_it_serves_and_ends_as_a_container_does(image: str):
    container = subprocess.check_output(["buildah", "from", image], text=True).strip()
    port = free_port()
    command = ["buildah", "run", "--isolation", "chroot", "--env", f"DL_WORKSHOP_PORT={port}", container, "--",
               "dl-workshop", "serve"]  # fmt: skip
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == f"Ready: http://0.0.0.0:{port}/\n"
            served = psutil.Process(process.pid).children(recursive=True)[-1]  # as long as it has no child itself
            try:
                assert served.uids().effective != 0
                with urlopen(f"http://localhost:{port}/", timeout=20) as answer:
                    page = answer.read().decode()
                assert "Neural networks from scratch" in page
                [own] = {*re.findall(r'"formulas/(linear\.[0-9a-f]+\.js)"', page)}
                loss = "own_loss=mean(abs(y_true-y_pred))"
                with urlopen(f"http://localhost:{port}/own/{own}?{loss}", timeout=60) as answer:
                    assert b"export" in answer.read(), "what is left in the image compiles"
                served.send_signal(signal.SIGTERM)
                assert process.wait(60) == 0
            finally:
                with suppress(psutil.NoSuchProcess):
                    served.kill()
    finally:
        subprocess.run(["buildah", "rm", container], capture_output=True, check=False)
