"""Colours and sizes: one meaning, one colour, everywhere (Okabe and Ito 2008, safe for colour-blind eyes)."""

from typing import Any

DATA = "#0072B2"
MODEL = "#D55E00"
MINIMUM = "#009E73"
SIDEWAYS = "#7B68D8"  # of the fit of x from y; 3:1 on both papers

COLORMAP = "viridis"

# Of runs that are compared, in the order in which they are given out: colour, and dashes in pixels. Each is at
# least 3:1 on both papers, and on the edge that it wears on the loss surface.
PINS = (
    ("#C2569A", "solid"), ("#3A8FC0", "10 4"), ("#A87B00", "3 3"), ("#7B68D8", "12 3 3 3"), ("#2A9090", "6 3"),
    ("#A5694A", "2 4"), ("#77851F", "9 3 3 3"),
)  # fmt: skip


def _between(start: str, end: str, count: int) -> list[str]:
    """Colours from one to another, evenly spaced in sRGB."""
    first, last = ([int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in (start, end))
    shares = [k / (count - 1) for k in range(count)]
    mixed = ([round(a + (b - a) * share) for a, b in zip(first, last, strict=True)] for share in shares)
    return ["#{:02X}{:02X}{:02X}".format(*color) for color in mixed]


# From class 0 over undecided to class 1; the browser gets the same list with the declaration of the lesson.
DIVERGING = (*_between("#2F86C4", "#FFFFFF", 65)[:-1], *_between("#FFFFFF", "#F09A4E", 64))
DIVERGING_POINTS = (*_between(DATA, "#FFFFFF", 65)[:-1], *_between("#FFFFFF", MODEL, 64))

# Ink, quiet ink and paper of the figures, per page theme; the page's own are in browser/style.css.
INK = {
    "light": {"text": "#333333", "quiet": "#B8B8B8", "paper": "#FFFFFF"},
    "dark": {"text": "#D6D6D6", "quiet": "#6B6B6B", "paper": "#1E2227"},
}
THEMES = tuple(INK)

FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def bokeh_theme(theme: str) -> dict[str, Any]:
    """The Bokeh theme of a figure: no frame, quiet axes, the page's own font.

    Args:
        theme: "light" or "dark".

    Returns:
        What `bokeh.themes.Theme(json=...)` takes.
    """
    ink = INK[theme]["text"]
    return {
        "attrs": {
            "Plot": {
                "background_fill_alpha": 0.0,
                "border_fill_alpha": 0.0,
                "outline_line_color": None,
            },
            "Axis": {
                "axis_line_color": ink,
                "axis_line_alpha": 0.5,
                "axis_label_text_color": ink,
                "axis_label_text_font": FONT,
                "axis_label_text_font_size": "13px",
                "axis_label_text_font_style": "normal",
                "axis_label_standoff": 6,
                "major_label_text_color": ink,
                "major_label_text_font": FONT,
                "major_label_text_font_size": "12px",
                "major_tick_line_color": ink,
                "major_tick_line_alpha": 0.5,
                "major_tick_in": 0,
                "minor_tick_line_color": None,
            },
            "Grid": {"grid_line_color": None},
            "BaseColorBar": {
                "background_fill_alpha": 0.0,
                "title_text_color": ink,
                "title_text_font": FONT,
                "title_text_font_size": "13px",
                "title_text_font_style": "normal",
                "major_label_text_color": ink,
                "major_label_text_font": FONT,
                "major_label_text_font_size": "12px",
                "major_tick_line_color": None,
                "bar_line_color": None,
            },
        }
    }
