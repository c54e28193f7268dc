"""What a figure shows, as pixels."""

import io
import time
from collections.abc import Callable

import numpy as np
from PIL import Image
from playwright.sync_api import Locator

MODEL = (0xD5, 0x5E, 0x00)  # vermillion: the line and the current point
DATA = (0x00, 0x72, 0xB2)  # blue
MINIMUM = (0x00, 0x9E, 0x73)  # bluish green


def pixels(figure: Locator) -> np.ndarray:
    """A screenshot of an element, shape `(height, width, 3)`."""
    return np.asarray(Image.open(io.BytesIO(figure.screenshot())).convert("RGB"), int)


def of_colour(image: np.ndarray, colour: tuple[int, int, int], tolerance: int = 24) -> np.ndarray:
    """Which pixels have a colour, `(height, width)`."""
    return np.abs(image - np.array(colour)).max(axis=-1) <= tolerance


def shows_both_classes(image: np.ndarray) -> bool:
    """Whether there is the blue of class 0 and the orange of class 1, as data or as what a network says."""
    warmth = image[..., 0] - image[..., 2]
    return bool((warmth < -90).sum() > 100 and (warmth > 90).sum() > 100)


def centre(mask: np.ndarray) -> tuple[float, float]:
    """The middle of some pixels as x and y; half a pixel is the middle of the first one."""
    rows, columns = np.nonzero(mask)
    assert len(rows), "there is no such pixel"
    return columns.mean() + 0.5, rows.mean() + 0.5


def changed(before: np.ndarray, after: np.ndarray) -> int:
    """How many pixels differ so much that one sees it."""
    return int((np.abs(before - after).max(axis=-1) > 24).sum())


def settle(figure: Locator, holds: Callable[[np.ndarray], bool], what: str) -> np.ndarray:
    """Waits until a figure looks as it should, for frames are painted when the browser gets round to it.

    Args:
        figure: what to look at.
        holds: whether its pixels are as they should be.
        what: how they should be, in words.

    Returns:
        The pixels.
    """
    for _ in range(50):
        image = pixels(figure)
        if holds(image):
            return image
        time.sleep(0.1)
    raise AssertionError(f"the figure never showed {what}")
