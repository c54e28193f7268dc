"""The page: a header with the lessons' tabs, and the engine that fills the rest."""

import logging
from typing import Any, ClassVar

import panel as pn
import panel_material_ui as pmui
import param
from panel.util import edit_readonly

from app import theme
from app.engine import Engine
from app.lessons import LESSONS

log = logging.getLogger("dl_workshop")

TITLE = "Neural networks from scratch"
TABS = {key: lesson.title for key, lesson in LESSONS.items()}


class Tabs(pn.custom.JSComponent):
    """The lessons' tabs, in the page's header; the engine listens to them in the browser."""

    labels = param.Dict(default=TABS, constant=True, doc="Title of each lesson, by its key.")

    _esm: ClassVar[str] = """
    export async function render({model, el}) {
      const {tabs} = await import(new URL("engine/tabs.js", document.baseURI).href)
      tabs(model, el)
    }
    """


def build() -> pmui.Page:
    """The page of one learner. If building it fails, a page that says so."""
    try:
        document = pn.state.curdoc
        context = None if document is None else document.session_context
        engine = Engine(connected=lambda: _connected(context), sizing_mode="stretch_both", margin=0)
        if document is not None:
            pn.state.on_session_destroyed(lambda context: engine.leave())
        return _page(Tabs(sizing_mode="stretch_width", margin=0), engine)
    except Exception:
        log.exception("failed to build a page")
        return _page(
            Tabs(labels={}, margin=0),
            pmui.Alert(
                title="This page could not be built",
                object="Something went wrong on the server. Reload to try again; if it stays so, tell your teacher.",
                alert_type="error",
                margin=40,
            ),
        )


def _connected(context: Any) -> bool:
    """Whether the learner of a session has a connection to it; Bokeh keeps a session half a minute without one."""
    session = None if context is None else context.session
    return session is None or session.connection_count > 0


def _page(header: Any, main: Any) -> pmui.Page:
    page = pmui.Page(
        title=TITLE,
        header=[header],
        main=[main],
        busy_indicator=None,
        theme_config=theme.PAGE,
        sx=theme.HEADER,
        meta_description="Linear regression, logistic regression, neural networks: model, loss and optimizer, by hand.",
    )
    with edit_readonly(page):
        page.busy = False  # nothing shows it, and each change of it would be two messages to the browser
    return page
