"""The cards on the left: by hand, what a learner does shows at once, and costs the server nothing."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from app.lessons import LESSONS
from dl_workshop.data import drawn_truth, rounded_truth, simulate_classes, simulate_line
from dl_workshop.minima import best_fit
from dl_workshop.optimizers import OPTIMIZERS
from tests.browser.lesson_page import FIT, LOGISTIC, RUN, STEP_SIZE, SURFACE, LessonPage
from tests.browser.pixels import DATA, MINIMUM, MODEL, changed, of_colour, pixels, settle

LINE = simulate_line()


def mse(w: float, b: float, x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean((w * x + b - y) ** 2))


def huber(w: float, b: float, x: np.ndarray, y: np.ndarray) -> float:
    size = np.abs(w * x + b - y)
    return float(np.mean(np.where(size <= 1, size**2 / 2, size - 0.5)))


def cross_entropy(w: float, b: float, x: np.ndarray, y: np.ndarray) -> float:
    p = 1 / (1 + np.exp(-(w * x + b)))
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# --- sliders ---


@pytest.mark.parametrize("name", ["w (slope)", "Step size (learning rate)"])
def test_a_slider_shows_every_value_on_its_way(shared_page: LessonPage, name: str):
    page = shared_page
    mouse = page.page.mouse
    place = page.slider(name).bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    before, seen = page.box(name).input_value(), set()
    mouse.move(x, y)
    mouse.down()
    for distance in range(5, 45, 5):
        mouse.move(x + distance, y)
        expect(page.box(name)).not_to_have_value(before)
        before = page.box(name).input_value()
        seen.add((before, page.card("Loss").inner_text()))
    moves_the_point = name.startswith("w")
    assert len({loss for _, loss in seen}) == (8 if moves_the_point else 1)
    if moves_the_point:
        page.expect_loss(f"MSE: {mse(page.theta()[0], 0, *LINE):.2f}")
    mouse.up()
    mouse.move(x - 60, y)  # let go is let go
    expect(page.box(name)).to_have_value(before)


def test_the_keyboard_moves_the_sliders(shared_page: LessonPage):
    page = shared_page
    w, steps, step_size = page.w, page.slider("Steps"), page.slider("Step size (learning rate)")
    for key, expected in [("ArrowRight", 0.1), ("ArrowRight", 0.2), ("ArrowLeft", 0.1), ("End", 10.0), ("Home", -10.0)]:
        w.press(key)
        page.expect_theta(expected, 0)
        page.expect_loss(f"MSE: {mse(expected, 0, *LINE):.2f}")
    steps.press("ArrowLeft")
    expect(page.box("Steps")).to_have_value("490")
    step_size.press("End")
    expect(page.box("Step size (learning rate)")).to_have_value("1")
    step_size.press("Home")
    expect(page.box("Step size (learning rate)")).to_have_value("0.0001")
    page.box("b (intercept)").press("ArrowUp")
    page.expect_theta(-10, 0.1)
    page.box("b (intercept)").press("ArrowDown")
    page.expect_theta(-10, 0)


# --- typed values ---


@pytest.mark.parametrize(("w", "b"), [(2.5, -3.25), (-0.35, 17.0)])
def test_a_typed_value_moves_slider_line_and_readout(shared_page: LessonPage, w: float, b: float):
    page = shared_page
    before = pixels(page.figure(FIT))
    page.set_theta(w, b)
    page.expect_theta(w, b)
    page.expect_loss(f"MSE: {mse(w, b, *LINE):.2f}")
    assert page.theta() == pytest.approx((w, b))
    settle(page.figure(FIT), lambda image: changed(before, image) > 500, "another line")


def test_a_decimal_comma_and_a_true_minus_sign_can_be_typed(shared_page: LessonPage):
    page = shared_page
    page.set_theta("−1,5", "12,25")  # type: ignore[arg-type]
    page.expect_theta(-1.5, 12.25)


def test_typed_nonsense_keeps_the_old_value_and_says_so(shared_page: LessonPage):
    page = shared_page
    page.set_theta(1.5, 4)
    loss = f"MSE: {mse(1.5, 4, *LINE):.2f}"
    page.expect_loss(loss)
    asked = len(page.watch.asked("surface"))
    for name in ("w (slope)", "Step size (learning rate)", "Batch size"):
        kept = page.box(name).input_value()
        for nonsense in ("twelve", "1..5", "NaN", "1e999", "<b>9</b>"):
            page.type(name, nonsense)
            page.expect_sentence(re.compile(f"{re.escape(f'“{nonsense}”')} is not a number"))
            expect(page.box(name)).to_have_value(kept)
    page.type("w (slope)", "")
    expect(page.box("w (slope)")).to_have_value("1.50")
    page.expect_loss(loss)
    assert len(page.watch.asked("surface")) == asked


@pytest.mark.parametrize(
    ("name", "typed", "used"),
    [
        ("w (slope)", "2e6", "1000000"),
        ("b (intercept)", "-1e9", "-1000000"),
        ("Step size (learning rate)", "0", "0.0001"),
        ("Step size (learning rate)", "7", "1"),
        ("Steps", "123456", "3000"),
        ("Steps", "-5", "10"),
    ],
)
def test_a_typed_value_out_of_range_is_clamped_and_says_so(shared_page: LessonPage, name: str, typed: str, used: str):
    shared_page.type(name, typed)
    expect(shared_page.box(name)).to_have_value(used)
    shared_page.expect_sentence(re.compile(rf"is outside .* {used} is used"))


def test_a_batch_larger_than_the_data_is_all_of_them(shared_page: LessonPage):
    shared_page.type("Batch size", "501")
    expect(shared_page.box("Batch size")).to_have_value("all")
    shared_page.expect_sentence(re.compile("501 is outside 0 to 100"))


def test_a_number_that_must_be_whole_says_so(shared_page: LessonPage):
    shared_page.type("Steps", "123.4")
    expect(shared_page.box("Steps")).to_have_value("123")
    shared_page.expect_sentence(re.compile("123.4 is not whole; 123 is used"))
    shared_page.type("Steps", "9000.5")  # what is wrong with it is said, and nothing else
    shared_page.expect_sentence(re.compile("is outside 10 to 3000; 3000 is used"))
    shared_page.expect_no_sentence(re.compile("whole"))


def test_a_parameter_beyond_its_slider_can_be_typed(shared_page: LessonPage):
    page = shared_page
    page.set_theta(50, -123.5)
    page.expect_theta(50, -123.5)
    page.expect_loss(f"MSE: {mse(50, -123.5, *LINE):.2f}")
    expect(page.w).to_have_value("10")  # its end


def test_a_sentence_about_a_typed_value_goes_when_the_next_value_is_fine(shared_page: LessonPage):
    shared_page.type("Steps", "99999")
    shared_page.expect_sentence(re.compile("99999 is outside"))
    shared_page.type("Steps", "300")
    shared_page.expect_no_sentence(re.compile("is outside"))


# --- losses ---


def test_the_loss_that_is_chosen_is_the_one_that_is_read_out(shared_page: LessonPage):
    page = shared_page
    page.set_theta(-5, 3)
    expectations = {
        "Mean absolute error": f"MAE: {np.mean(np.abs(-5 * LINE.x + 3 - LINE.y)):.2f}",
        "Huber": f"Huber: {huber(-5, 3, *LINE):.2f}",
        "Mean squared error": f"MSE: {mse(-5, 3, *LINE):.2f}",
    }
    before = pixels(page.figure(SURFACE))
    for option, readout in expectations.items():
        page.choose("Loss function", option)
        page.expect_loss(readout)
        settle(
            page.figure(SURFACE), lambda image, old=before: changed(old, image) > 5000, "the surface of the new loss"
        )
        before = pixels(page.figure(SURFACE))
        squares = page.checkbox("as squares")
        expect(squares).to_be_visible() if option == "Mean squared error" else expect(squares).to_be_hidden()


def test_the_logistic_readout_is_the_cross_entropy(shared_page: LessonPage):
    page = shared_page
    page.open(LOGISTIC)
    data = simulate_classes()
    for w, b in [(0.0, 0.0), (0.35, -0.2), (-4.0, 5.0)]:
        page.set_theta(w, b)
        page.expect_theta(w, b)
        page.expect_loss(f"BCE: {cross_entropy(w, b, *data):.2f}")
    page.choose("Loss function", "Squared error on probabilities")
    p = 1 / (1 + np.exp(-(-4 * data.x + 5)))
    page.expect_loss(f"Brier: {np.mean((p - data.y) ** 2):.2f}")


# --- buttons ---


def test_bad_guess_moves_to_the_bad_guess(shared_page: LessonPage):
    page = shared_page
    page.button("Bad guess").click()
    page.expect_theta(-5, 3)
    page.expect_loss(f"MSE: {mse(-5, 3, *LINE):.2f}")
    assert page.theta() == (-5, 3)


def test_best_fit_is_shown_on_request_and_moves_nothing(shared_page: LessonPage):
    page = shared_page
    surface = page.figure(SURFACE)
    assert not of_colour(pixels(surface), MINIMUM).any()
    page.button("Show best fit").click()
    best = best_fit("linear", "mse", LINE)
    assert best.theta is not None
    expect(page.status).to_contain_text(f"Best fit: w = {best.theta[0]:.2f}, b = {best.theta[1]:.2f}")
    expect(page.status).to_contain_text(f"{best.loss:.2f}")
    settle(surface, lambda image: of_colour(image, MINIMUM).sum() > 15, "a green star")
    settle(page.figure(FIT), lambda image: of_colour(image, MINIMUM).sum() > 100, "the best line")
    page.expect_theta(0, 0)
    page.choose("Loss function", "Mean absolute error")
    best = best_fit("linear", "mae", LINE)
    assert best.theta is not None
    expect(page.status).to_contain_text(f"Best fit: w = {best.theta[0]:.2f}, b = {best.theta[1]:.2f}")
    page.button("Hide best fit").click()
    expect(page.status).to_have_text("")
    for figure in (surface, page.figure(FIT)):
        settle(figure, lambda image: not of_colour(image, MINIMUM).any(), "no best fit")


def test_the_best_fit_can_be_shown_after_a_run(shared_page: LessonPage):
    page = shared_page
    page.run_to_the_end()
    expect(page.status).to_contain_text("after 500 steps")
    page.button("Show best fit").click()
    expect(page.status).to_contain_text("Best fit: w = ")
    star = settle(page.figure(SURFACE), lambda image: of_colour(image, MINIMUM).sum() > 15, "a star around the point")
    assert of_colour(star, MODEL).sum() > 15


def test_new_data_changes_the_points_and_the_seed(page: LessonPage):
    before = of_colour(pixels(page.figure(FIT)), DATA)
    page.set_theta(2, 20)
    page.button("New data").click()
    expect(page.card("Data")).to_contain_text("seed 1")
    page.expect_loss(f"MSE: {mse(2, 20, *simulate_line(seed=1)):.2f}")
    page.expect_theta(2, 20)
    settle(page.figure(FIT), lambda image: (of_colour(image, DATA) != before).sum() > 300, "other points")
    page.button("New data").click()
    page.expect_loss(f"MSE: {mse(2, 20, *simulate_line(seed=2)):.2f}")


def test_the_settings_of_the_data_make_the_data(page: LessonPage):
    page.unfold_data()
    page.set_theta(1, 5)
    for name, value in {"True w": -3, "True b": 7.5, "Noise": 2.5, "Points": 50, "Seed": 12}.items():
        page.type(name, value)
    data = simulate_line(seed=12, n=50, w_true=-3.0, b_true=7.5, noise=2.5)
    page.expect_loss(f"MSE: {mse(1, 5, *data):.2f}")
    expect(page.card("Data")).to_contain_text("50 points · noise 2.5 · seed 12")
    before = pixels(page.figure(FIT))
    page.checkbox("Show true line").check()
    settle(page.figure(FIT), lambda image: changed(before, image) > 100, "the true line")


def test_the_truth_is_always_inside_of_the_sliders_and_the_surface(page: LessonPage):
    page.unfold_data()
    page.type("True w", 8)
    page.type("True b", -40)
    expect(page.b).to_have_attribute("min", re.compile(r"^-[4-9]\d$"))
    page.set_theta(8, -40)
    page.expect_theta(8, -40)
    page.expect_loss(f"MSE: {mse(8, -40, *simulate_line(w_true=8.0, b_true=-40.0)):.2f}")
    settle(page.figure(SURFACE), lambda image: of_colour(image, MODEL).sum() > 60, "the point at the truth")


def test_workshop_settings_are_one_click_away(shared_page: LessonPage):
    page = shared_page
    page.set_theta(3, 3)
    page.choose("Optimizer", "Adam")
    page.choose("Loss function", "Huber")
    page.button("Workshop settings").click()
    page.expect_theta(0, 0)
    page.expect_choice("Optimizer", "Gradient descent")
    page.expect_choice("Loss function", "Mean squared error")
    expect(page.box("Step size (learning rate)")).to_have_value("0.001")
    expect(page.box("Steps")).to_have_value("3000")
    page.expect_loss(f"MSE: {mse(0, 0, *LINE):.2f}")
    page.run()
    expect(page.lesson).to_contain_text("/ 3000")


def test_the_line_of_x_from_y_stands_beside_the_best_fit(page: LessonPage):
    expect(page.checkbox("x from y")).to_be_hidden()
    page.button("Show best fit").click()
    page.checkbox("x from y").check()
    x, y = LINE
    slope, at = np.polyfit(y, x, 1)
    drawn = page.drawn("sideways")
    np.testing.assert_allclose(drawn["x"], slope * np.array(drawn["y"]) + at, rtol=1e-9, atol=1e-9)
    assert drawn["y"][-1] - drawn["y"][0] > 0.8 * np.ptp(y)  # across the figure
    page.button("Hide best fit").click()
    assert page.drawn("sideways")["y"] == []


def test_nothing_stays_at_the_edge_of_a_figure(page: LessonPage):
    canvas = page.figure(FIT).locator("canvas").last  # of what moves
    drawn = "canvas.getContext('2d').getImageData(0, 0, canvas.width, 1).data.some((value) => value > 0)"
    canvas.evaluate("(canvas) => canvas.getContext('2d').fillRect(0, 0, canvas.width, 1)")
    assert canvas.evaluate(f"(canvas) => {drawn}")
    page.set_theta(3, 3)
    page.page.wait_for_function(f"(canvas) => !{drawn}", arg=canvas.element_handle())


def test_residuals_are_lines_or_squares_or_hidden(shared_page: LessonPage):
    page = shared_page
    fit = page.figure(FIT)

    def reddish(image: np.ndarray) -> int:
        """Pixels in the model's colour, pure or mixed with paper."""
        return int((image[..., 0] - image[..., 2] > 24).sum())

    lines = reddish(pixels(fit))
    page.checkbox("as squares").check()
    settle(fit, lambda image: reddish(image) > 2 * lines, "squares")
    page.checkbox("Show residuals").uncheck()
    settle(fit, lambda image: reddish(image) < lines / 2, "no residuals")
    page.checkbox("as squares").uncheck()
    page.checkbox("Show residuals").check()
    settle(fit, lambda image: 0.8 * lines < reddish(image) < 1.2 * lines, "lines again")


# --- optimizers ---


def test_an_optimizer_shows_only_the_hyperparameters_that_it_has(shared_page: LessonPage):
    page = shared_page
    own = {
        "Gradient descent": ["Batch size"],
        "Momentum": ["Momentum", "Batch size"],
        "Nesterov": ["Momentum", "Batch size"],
        "AdaGrad": ["Batch size"],
        "RMSProp": ["Decay", "Batch size"],
        "Adam": ["β₁", "β₂", "Batch size"],
        "Newton": [],
    }
    everything = {name for names in own.values() for name in names}
    for optimizer, names in own.items():
        if optimizer != "Gradient descent":
            page.choose("Optimizer", optimizer)
        for name in ("Step size (learning rate)", "Steps", *names):
            expect(page.slider(name)).to_be_visible()
            expect(page.box(name)).to_be_visible()
        for name in everything.difference(names):
            expect(page.slider(name)).to_be_hidden()
            expect(page.box(name)).to_be_hidden()


def test_moving_a_slider_previews_the_path_of_the_optimizer(timed_page: LessonPage):
    page = timed_page
    surface = page.figure(SURFACE)
    page.type("w (slope)", -6)
    page.let_pass(0.1)
    previewed = pixels(surface)
    page.let_pass(5)  # it goes by itself
    assert changed(previewed, pixels(surface)) > 100
    page.type("Step size (learning rate)", 0.05)
    page.let_pass(0.1)
    other = pixels(surface)
    page.let_pass(5)
    assert changed(other, pixels(surface)) > 100
    assert changed(other, previewed) > 20
    expect(page.w).to_have_value("-6")
    expect(page.button(RUN)).to_be_enabled()


def test_each_optimizer_begins_with_its_own_step_size(shared_page: LessonPage):
    page = shared_page
    for optimizer in ("Adam", "AdaGrad", "Newton", "Momentum"):
        page.choose("Optimizer", optimizer)
        [own] = [entry.step_size for entry in OPTIMIZERS.values() if entry.label == optimizer]
        expect(page.box(STEP_SIZE)).to_have_value(f"{own:g}")
    page.type(STEP_SIZE, 0.5)
    page.choose("Optimizer", "Gradient descent")
    expect(page.box(STEP_SIZE)).to_have_value(f"{LESSONS['linear'].param['step_size'].default:g}")


# --- the truth of classes ---


@pytest.mark.parametrize("labels", ["drawn with probability p", "rounded (workshop)"])
def test_the_true_curve_is_the_probability_that_the_labels_were_drawn_with(page: LessonPage, labels: str):
    page.open(LOGISTIC)
    page.unfold_data()
    page.choose("Labels", labels)
    page.checkbox("Show true curve").check()
    truths = {"drawn with probability p": drawn_truth, "rounded (workshop)": rounded_truth}
    noises = (1.0,) if labels.startswith("drawn") else (6.0, 0.0)
    for noise in noises:
        if page.slider("Noise").is_visible():
            page.type("Noise", noise)
            expect(page.card("Data")).to_contain_text(f"noise {noise:g}")
        drawn = page.drawn("truth")
        x, p = np.array(drawn["x"]), np.array(drawn["y"])
        assert len(x) > 100
        known = np.isfinite(x)
        # where the curve is cut off at the picture's edge there is no difference: it is inside from 0 to 1
        assert p[known] == pytest.approx(np.asarray(truths[labels](x[known], noise, 2.0, 1.0)), abs=1e-12)
    if labels.startswith("rounded"):  # without noise the classes split where the curve jumps
        zeros, ones = page.drawn("points_0")["x"], page.drawn("points_1")["x"]
        assert max(zeros) < -0.75 < min(ones)
        assert {value for value, where in zip(p, x, strict=True) if where < max(zeros)} == {0.0}
        assert {value for value, where in zip(p, x, strict=True) if where > min(ones)} == {1.0}


def test_the_labels_are_those_of_the_library(page: LessonPage):
    page.open(LOGISTIC)
    page.unfold_data()
    for labels, recipe in [("drawn with probability p", "drawn"), ("rounded (workshop)", "rounded")]:
        page.choose("Labels", labels)
        for seed in (0, 5):
            page.type("Seed", seed)
            expect(page.card("Data")).to_contain_text(f"seed {seed}")
            x, y = simulate_classes(seed=seed, labels=recipe)
            assert page.drawn("points_0")["x"] == list(x[y == 0])
            assert page.drawn("points_1")["x"] == list(x[y == 1])


def test_the_workshops_own_labels_are_one_click_away(page: LessonPage):
    page.open(LOGISTIC)
    page.button("Workshop settings").click()
    page.unfold_data()
    page.expect_choice("Labels", "rounded (workshop)")
    expect(page.card("Data")).to_contain_text("noise 1")
    x, y = simulate_classes(labels="rounded")
    assert page.drawn("points_1")["x"] == list(x[y == 1])


# --- hover ---


def test_hovering_shows_the_values_of_a_point_and_of_the_surface(shared_page: LessonPage):
    page = shared_page
    fit, surface = page.figure(FIT), page.figure(SURFACE)
    rows, columns = np.nonzero(of_colour(pixels(fit), DATA))
    fit.hover(position={"x": float(columns[-1]), "y": float(rows[-1]) - 3})  # the middle of one of the lowest points
    tooltip = page.page.locator(".bk-Tooltip").locator("visible=true").first
    points = "|".join(rf"x: {x:.2f}\s*y: {y:.2f}" for x, y in zip(*LINE, strict=True))
    expect(tooltip).to_contain_text(re.compile(points))
    surface.hover(position={"x": 150, "y": 100})
    expect(tooltip).to_contain_text(re.compile(r"w: -?\d\.\d\d\s*b: \d+\.\d\d\s*loss: \d+"))
