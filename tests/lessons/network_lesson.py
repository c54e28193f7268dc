"""The third lesson as its tests set it up."""

from typing import Any

from app.lessons.network import NeuralNetwork

SMALL = {"n": 60, "hidden": [3], "n_steps": 20}


def quietly(step: int) -> None:
    """Nobody wants to know how far a training is."""


def committed(**settings: Any) -> NeuralNetwork:
    """A lesson with these settings, all of which it takes."""
    lesson = NeuralNetwork()
    assert lesson.commit(settings) == []
    return lesson


def messages(lesson: NeuralNetwork, **request: Any) -> dict[str, dict[str, Any]]:
    """What a run sends, by kind."""
    return dict(lesson.train(request, quietly))
