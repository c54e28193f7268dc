"""The page of a learner, without a browser."""

import logging

import panel_material_ui as pmui
import pytest

from app import page
from app.engine import Engine
from app.lessons import LESSONS


def test_the_page_has_a_tab_for_each_lesson_and_one_engine():
    built = page.build()
    assert isinstance(built, pmui.Page)
    [tabs], [engine] = built.header, built.main
    assert list(tabs.labels.values()) == ["Linear regression", "Logistic regression", "Neural network"]
    assert isinstance(engine, Engine)


def test_every_learner_has_settings_of_their_own():
    [one], [other] = page.build().main, page.build().main
    assert one is not other
    for key in LESSONS:
        assert one._lessons[key] is not other._lessons[key]


def test_a_failure_while_building_is_a_sentence_for_the_learner_and_a_traceback_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(**options: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(page, "Engine", fail)
    with caplog.at_level(logging.ERROR):
        built = page.build()
    [alert] = built.main
    assert isinstance(alert, pmui.Alert)
    assert "Reload" in alert.object
    assert "a fault" not in f"{alert.title} {alert.object}"
    [tabs] = built.header
    assert not tabs.labels
    assert "RuntimeError: a fault" in caplog.text
