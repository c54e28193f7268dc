"""The cards of models, losses, activations and optimizers: one for each choice, with the code that runs."""

import re

import pytest

from app import cards
from app.lessons import LESSONS
from dl_workshop.losses import mse
from dl_workshop.optimizers import OPTIMIZERS

EVERY = pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)


@EVERY
def test_every_choice_has_its_card(lesson):
    made = cards.cards(lesson)
    for setting in ("optimizer", "loss", *(["activation"] if lesson.key == "network" else [])):
        assert {*made[setting]} == {*lesson.param[setting].names.values()}
    for card in (card for table in made.values() for card in table.values()):
        assert card["title"]
        assert card["sentence"].endswith(".")
        assert re.fullmatch(r'<math display="block">.*</math>', card["formula"])
        assert "\\" not in card["formula"]  # nothing that could not be made
        assert '"""' not in card["code"]
        compile(card["code"], "card", "exec")


def test_the_code_is_the_library_s_own():
    assert cards.source(mse).splitlines()[-1] == "    return jnp.mean((y_pred - y_true) ** 2)"
    code = cards.source(OPTIMIZERS["momentum"].update)
    assert code.startswith("def momentum(gradient, opt_state, step_size, momentum):\n    velocity = ")


def test_there_is_no_card_too_many():
    tables = (cards.LOSS_CARDS, cards.OPTIMIZER_CARDS, cards.ACTIVATION_CARDS, cards.FUNCTION_CARDS)
    used = {name for lesson in LESSONS.values() for table in cards.cards(lesson).values() for name in table}
    for table in tables:
        assert {*table} <= used
