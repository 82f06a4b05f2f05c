"""Backpropagation, step by step: the picture on a bare page, and the page in the studio, show what `trace` computes."""

import re
from dataclasses import replace
from urllib.parse import urlencode

import numpy as np
import pytest
from picture_host import show
from playwright.sync_api import expect

from glassnet import Sequential, initializers, layers, optimizers
from glassnet.inspect.walkthrough import Walkthrough
from glassnet.studio.pages.backpropagation import Page
from glassnet.studio.pages.backpropagation.experiment import Experiment
from glassnet.studio.pages.backpropagation.setup import OPTIMIZERS, PRESETS, Setup
from glassnet.studio.session import Session
from glassnet.widgets import Backpropagation

X, Y = [0.5, -1.0], [1.0, 0.0]


def network(activation="tanh", loss="categorical_crossentropy", optimizer=None):
    seeds = iter(range(1, 9))

    def dense(units, activation, name):
        kernel, bias = (initializers.RandomNormal(stddev=0.7, seed=next(seeds)) for _ in range(2))
        return layers.Dense(units, activation, kernel_initializer=kernel, bias_initializer=bias, name=name)

    last = {"categorical_crossentropy": "softmax", "binary_crossentropy": "sigmoid"}.get(loss)
    model = Sequential([layers.Input((2,)), dense(3, activation, "hidden"), dense(2, last, "output")])
    model.compile(optimizer or optimizers.SGD(0.5), loss)
    return model


def written(value):
    """A number as the picture writes it."""
    size = abs(float(value))
    if size == 0:
        return "0"
    if size >= 1e5 or size < 5e-4:
        mantissa, exponent = f"{float(value):.{1 if size >= 1e5 else 0}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{float(value):.{0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3}f}"
    return text.replace("-", "−")


def value_of(trace, reference):
    name, _, place = reference.rstrip("]").partition("[")
    return trace[name][tuple(int(part) for part in place.split(","))]


def cell(page, reference):
    return page.locator(f'[data-reference="{reference}"]')


def shown_number(page, reference):
    return cell(page, reference).locator("text").last.text_content().removeprefix("∂ ")


@pytest.fixture
def bare(browser):
    """A page of nothing but the picture, as large as a laptop's."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    yield page
    context.close()
    assert not problems, "\n".join(problems)


# -- the way through a network ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["mean_squared_error", "binary_crossentropy", "categorical_crossentropy"])
@pytest.mark.parametrize("activation", [None, "tanh", "relu"])
def test_a_walk_computes_everything_once_and_only_from_what_there_is(activation, loss):
    trace = network(activation, loss).trace(X, Y)
    walk = Walkthrough(trace)
    names = ["input", "target", *(name for column in walk.columns for name in (column.kernel, column.bias))]
    there = {f"{name}[{', '.join(map(str, at))}]" for name in names for at in np.ndindex(trace[name].shape)}
    for stop in walk.stops:
        for reads in stop.reads:
            assert set(reads) <= there, (stop, reads)
        made = [reference for part in stop.parts for reference in part]
        assert len(set(made)) == len(made) and not set(made) & there
        there |= set(made)
    derived = {name for name in trace if name not in ("loss", "d loss", "d loss/values", *trace.graph.aliases)}
    aliases = {prefix + name for name in trace.graph.aliases for prefix in ("d ", "new ")}
    assert {reference.partition("[")[0] for reference in there} == derived - aliases


@pytest.mark.parametrize(
    ("parts", "x", "y", "message"),
    [
        ([layers.Dense(9)], [1.0, 2.0], [0.0] * 9, "at most 8 inputs.*9"),
        ([layers.Dense(2), layers.Dropout(0.5)], [1.0, 2.0], [0.0, 0.0], "only dense layers.*dropout"),
        ([layers.Dense(1, kernel_regularizer="l2")], [1.0, 2.0], [0.0], "only dense layers.*penalty"),
        ([layers.Dense(1)], [1.0, 2.0], None, "Give y"),
        ([layers.Dense(1)], [[1.0, 2.0], [3.0, 4.0]], [[0.0], [1.0]], "one example.*of 2"),
        ([layers.Dense(1, "tanh"), layers.Activation("relu")], [1.0, 2.0], [0.0], "one activation"),
    ],
)
def test_what_cannot_be_read_is_refused(parts, x, y, message):
    model = Sequential([layers.Input((2,)), *parts])
    model.compile("sgd", "mean_squared_error")
    with pytest.raises(ValueError, match=message):
        Walkthrough(model.trace(x, y))


# -- the picture --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("grain", ["layer", "neuron"])
def test_steps_show_the_numbers_of_the_trace_and_hide_what_is_to_come(bare, grain):
    trace = network().trace(X, Y)
    picture = Backpropagation(trace, grain=grain)
    show(bare, picture)
    bare.locator(".gn-bp").focus()
    stops = picture.walkthrough.stops
    steps = [[part] for stop in stops for part in stop.parts] if grain == "neuron" else [stop.parts for stop in stops]
    hidden = {reference for stop in stops for part in stop.parts for reference in part}
    for step in steps:
        made = [reference for part in step for reference in part]
        bare.keyboard.press("ArrowRight")
        for reference in made:
            expect(cell(bare, reference)).to_have_class(re.compile("now"))
            assert shown_number(bare, reference) == written(value_of(trace, reference)), reference
        hidden -= set(made)
        pending = bare.locator(".gn-bp-cell.pending text:last-child").all_text_contents()
        assert set(pending) <= {"·"} and len(pending) == len([r for r in hidden if "kernel" not in r and not r.startswith("new")])
    assert picture.position == picture.length and not hidden
    expect(bare.locator("[data-key=next]")).to_be_disabled()
    for step in reversed(steps):
        assert shown_number(bare, step[0][0]) == written(value_of(trace, step[0][0]))
        bare.keyboard.press("ArrowLeft")
    assert picture.position == 0
    expect(bare.locator(".gn-bp h3")).to_have_text("What is given")
    bare.keyboard.press("End")
    expect(bare.locator(".gn-bp h3")).to_contain_text("Update")
    bare.keyboard.press("Home")
    expect(bare.locator(".gn-bp h3")).to_have_text("What is given")


def test_a_click_on_a_connection_shows_formula_python_and_proof(bare):
    trace = network().trace(X, Y)
    picture = Backpropagation(trace)
    picture.position = picture.length - len(picture.walkthrough.stops[-1].parts)
    show(bare, picture)
    cell(bare, "hidden/kernel[1, 2]").click()
    card, gradient = bare.locator(".gn-bp-card"), trace["d hidden/kernel"][1, 2]
    expect(card.locator("code")).to_have_text('t["input"][:, 1] @ t["d hidden/z"][:, 2]')
    assert eval(card.locator("code").text_content(), {"t": trace}) == pytest.approx(gradient)
    math = card.locator("math").text_content()
    assert "∂L" in math and f"{abs(gradient):.5g}" in math
    engine, difference = (float(text.replace("−", "-")) for text in card.locator("td").all_text_contents())
    assert engine == pytest.approx(gradient, rel=1e-5) and difference == pytest.approx(engine, abs=1e-5)
    expect(card).to_contain_text("They agree")
    card.get_by_role("button").first.click()
    expect(card.locator("code")).to_have_text('t["hidden/kernel"][1, 2]')


def test_what_is_not_computed_yet_says_when_it_will_be(bare):
    picture = Backpropagation(network().trace(X, Y))
    show(bare, picture)
    cell(bare, "d output/z[0, 1]").click()
    card = bare.locator(".gn-bp-card")
    expect(card).to_contain_text("This number is computed in step 7: Backward: through the activation of the output layer.")
    card.get_by_role("button", name="Go there").click()
    expect(card).to_contain_text("They agree")
    assert picture.selected == "d output/z[0, 1]"
    assert picture.walkthrough.stops[6].kind == "activation_gradient"


def test_the_keyboard_reaches_every_neuron_and_says_what_it_holds(bare):
    trace = network().trace(X, Y)
    picture = Backpropagation(trace)
    picture.position = 3
    show(bare, picture)
    neurons = bare.locator(".gn-bp-neuron")
    names = [neurons.nth(k).get_attribute("aria-label") for k in range(neurons.count())]
    assert len(names) == 2 + 3 + 2 + 1
    assert f"z {written(trace['hidden/z'][0, 1])}, δ not computed yet" in names[3]
    neurons.nth(3).focus()
    bare.keyboard.press("Enter")
    expect(bare.locator(".gn-bp-card")).to_contain_text("Formula")
    assert picture.selected == "hidden/z[0, 1]"
    expect(neurons.nth(3)).to_be_focused()
    bare.keyboard.press("ArrowRight")  # steps go on from there
    expect(cell(bare, "hidden/a[0, 1]")).to_have_class(re.compile("now"))
    assert picture.selected == "hidden/a[0, 1]"  # the card stays with the neuron


def test_chinese_and_another_trace(bare):
    model = network("relu", "binary_crossentropy")
    picture = Backpropagation(model.trace(X, Y), language="zh")
    show(bare, picture)
    bare.locator(".gn-bp").focus()
    bare.keyboard.press("ArrowRight")
    expect(bare.locator(".gn-bp h3")).to_have_text("前向：隐藏层的加权和")
    expect(bare.locator(".gn-bp-card")).to_contain_text("隐藏层的神经元 0 的加权和")
    picture.language = "en"
    assert picture.stops[1]["title"] == "Forward: weighted sums of the hidden layer"
    model.train_on_batch(np.array([X]), np.array([Y]))
    trace = model.trace(X, Y)
    picture.show(trace, position=3)
    assert picture.trace is trace and picture.position == 3 and picture.selected == "hidden/z[0, 0]"
    assert picture.explanation["value"] == f"{trace['hidden/z'][0, 0]:.6g}"
    for other in ("nothing[0]", "hidden/z[0, 9]", "hidden/z[0]", "loss", "x["):  # of a network that was shown before
        picture.selected = other
        assert (picture.selected, picture.explanation) == ("", {})


@pytest.mark.parametrize("width", [360, 390, 700])
def test_a_narrow_window_cuts_nothing_off(browser, width):
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    show(page, Backpropagation(network().trace(X, Y), position=99))
    boxes = page.locator(".gn-bp-box")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = [boxes.nth(k).bounding_box() for k in range(boxes.count())]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in sizes)
    context.close()


# -- the page -----------------------------------------------------------------------------------------------------------


def opened(page, query=""):
    page.goto(f"/backpropagation{query}")
    expect(page.locator(".gn-bp-svg")).to_be_visible()
    return page


def press(page, key, times=1):
    """Presses a key; each press is drawn before the next."""
    for _ in range(times):
        before = page.locator(".gn-bp-count").text_content()
        page.keyboard.press(key)
        expect(page.locator(".gn-bp-count")).not_to_have_text(before)


SMALL = Setup(((3, "tanh"), (2, "softmax")), (0.5, -1.0), (1.0, 0.0), "categorical_crossentropy", "momentum", 0.25, 7)


def address_of(setup):
    return "?" + urlencode(setup.query())


def test_the_page_steps_with_the_arrow_keys_and_shows_what_trace_gives(page):
    opened(page, address_of(SMALL))
    trace = SMALL.model().trace([*SMALL.x], [*SMALL.y])
    stops = Walkthrough(trace).stops
    for stop in stops:
        press(page, "ArrowRight")
        for reference in (reference for part in stop.parts for reference in part):
            assert shown_number(page, reference) == written(value_of(trace, reference)), reference
        expect(page.locator(".gn-bp-card code")).not_to_have_text("")
    press(page, "ArrowLeft", len(stops))
    expect(page.locator(".gn-bp h3")).to_have_text("What is given")


def test_the_step_is_that_of_train_on_batch_to_the_bit(page):
    opened(page, address_of(SMALL))
    model, (x, y) = SMALL.model(), (np.array([SMALL.x], np.float32), np.array([SMALL.y]))
    page.keyboard.press("End")
    page.locator(".gn-bp-move").get_by_role("button", name="Make the step").click()
    expect(page.locator(".gn-bp h3")).to_have_text("What is given")
    page.get_by_role("button", name="10 steps").click()
    expect(page.get_by_text(re.compile("step 11, loss"))).to_be_visible()
    losses = [model.train_on_batch(x, y) for _ in range(11)]
    assert losses[-1] < losses[0]
    trace = model.trace([*SMALL.x], [*SMALL.y])
    press(page, "ArrowRight", 5)
    expect(cell(page, "loss/values[0]")).to_have_class(re.compile("now"))
    expect(cell(page, "loss/values[0]").locator("text").last).to_have_text(written(trace["loss/values"][0]))
    for reference in ("hidden/kernel[1, 2]", "output/kernel[0, 1]", "hidden/bias[0]"):
        expect(cell(page, reference).locator("text").last).to_have_text(written(value_of(trace, reference)))
    page.get_by_role("button", name="Python").click()
    expect(page.locator(".gn-bp-code-block")).to_contain_text("for _ in range(11):")
    names = {}
    exec(page.locator(".gn-bp-code-block").text_content().replace("print(", "str("), names)
    assert names["model"].params.array.tobytes() == model.params.array.tobytes()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(re.compile("step 10, loss"))).to_be_visible()
    timeline = page.locator(".gn-training-timeline")
    expect(timeline).to_have_attribute("aria-valuenow", "10")
    timeline.press("End")  # what was undone is kept, until something else is done
    expect(page.get_by_text(re.compile("step 11, loss"))).to_be_visible()
    expect(timeline).to_have_attribute("aria-valuenow", "11")
    timeline.press("Home")
    expect(page.get_by_text(re.compile("step 0, loss"))).to_be_visible()
    begun = written(SMALL.model().get_layer("hidden").kernel.value[1, 2])
    expect(cell(page, "hidden/kernel[1, 2]").locator("text").last).to_have_text(begun)


def test_a_branch_with_another_rate_stands_beside_the_course(page):
    opened(page, address_of(SMALL))
    page.get_by_role("button", name="10 steps").click()
    timeline = page.locator(".gn-training-timeline")
    expect(timeline).to_have_attribute("aria-valuenow", "10")
    timeline.press("Home")
    expect(timeline).to_have_attribute("aria-valuenow", "0")
    page.get_by_role("button", name="Branch").click()
    page.get_by_label("Value").fill("0.05")
    page.get_by_role("button", name="Train the branch").click()
    figures = page.locator(".gn-compare .gn-mono")
    expect(figures).to_have_count(3)
    model = SMALL.model()
    model.optimizer.learning_rate = 0.05
    x, y = np.array([SMALL.x]), np.array([SMALL.y])
    for _ in range(10):
        model.train_on_batch(x, y)
    assert figures.all_inner_texts()[2] == f"{model.evaluate(x, y, verbose=0):.4f}"


def test_an_edited_weight_changes_the_numbers_and_can_be_taken_back(page):
    opened(page, address_of(SMALL))
    press(page, "ArrowRight")
    model = SMALL.model()
    before = written(model.trace([*SMALL.x])["hidden/z"][0, 1])
    assert shown_number(page, "hidden/z[0, 1]") == before
    cell(page, "hidden/kernel[0, 1]").click()
    field = page.locator(".gn-bp-edit input")
    field.fill("2.5")
    field.press("Enter")
    model.get_layer("hidden").kernel.value[0, 1] = 2.5
    expect(cell(page, "hidden/z[0, 1]").locator("text").last).to_have_text(written(model.trace([*SMALL.x])["hidden/z"][0, 1]))
    page.get_by_role("button", name="Undo").click()
    expect(cell(page, "hidden/z[0, 1]").locator("text").last).to_have_text(before)
    inputs = page.get_by_label("Input x1")
    inputs.fill("0.75")
    expect(cell(page, "input[0, 1]").locator("text").last).to_have_text("0.750")
    page.wait_for_url("**x=0.5%2C0.75*")


def test_a_number_being_typed_outlives_a_drawing_anew(page):
    opened(page, address_of(SMALL))
    cell(page, "hidden/kernel[0, 1]").click()
    field = page.locator(".gn-bp-edit input")
    field.fill("2.5")
    page.evaluate("() => { window.picture = document.querySelector('.gn-bp-network svg'); }")
    page.set_viewport_size({"width": 1100, "height": 800})
    page.wait_for_function("() => document.querySelector('.gn-bp-network svg') !== window.picture")
    expect(field).to_have_value("2.5")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(cell(page, "hidden/kernel[0, 1]").locator("text").last).to_have_text("2.500")
    cell(page, "hidden/kernel[1, 1]").click()
    expect(field).not_to_have_value("2.5")


def test_what_is_chosen_stands_in_the_address(page):
    opened(page)
    page.get_by_role("button", name="Softmax 2-3-2").click()
    expect(page.locator(".gn-bp-neuron")).to_have_count(8)
    page.get_by_role("button", name="Add a layer").click()
    expect(page.locator(".gn-bp-neuron")).to_have_count(11)
    page.wait_for_url("**layers=3.tanh-3.tanh-2.softmax*")
    page.get_by_label("Learning rate").fill("0.125")
    page.wait_for_url("**rate=0.125*")
    page.reload()
    expect(page.locator(".gn-bp-neuron")).to_have_count(11)
    expect(page.get_by_label("Learning rate")).to_have_value("0.125")
    opened(page, "?layers=none&x=1,2&y=nan&loss=evil&optimizer=sgd&rate=1&seed=1")
    expect(page.locator(".gn-bp-neuron")).to_have_count(2 + 2 + 1 + 1)  # the textbook's
    notices = page.locator(".gn-notice")
    expect(notices).to_have_count(3)
    words = "The address says loss = “evil”, which cannot be. Taken instead: “sum_of_squares”."
    expect(notices.filter(has_text=words)).to_have_count(1)


def test_the_page_in_chinese_keeps_its_state(new_page):
    page = opened(new_page(locale="zh-CN", viewport={"width": 1440, "height": 900}))
    page.keyboard.press("ArrowRight")
    expect(page.locator(".gn-bp h3")).to_have_text("前向：隐藏层的加权和")
    expect(page.get_by_role("button", name="添加一层")).to_be_visible()
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator(".gn-bp h3")).to_have_text("Forward: weighted sums of the hidden layer")


def test_a_model_from_python_is_taken_where_it_can_be_read():
    model = network()
    data = np.array([X, [1.0, 2.0]], np.float32), np.eye(2, dtype=np.float32)
    assert Page.accepts(model, data) and Page.accepts(model, None)
    large = Sequential([layers.Input((20,)), layers.Dense(2)])
    large.compile("sgd", "mean_squared_error")
    assert not Page.accepts(large, None)
    assert not Page.accepts(Sequential([layers.Input((2,)), layers.Dense(2)]), None)
    shown = Page(Session())
    shown.show(model, data)
    before = model.get_weights()
    shown.experiment.step()
    assert all(np.array_equal(one, other) for one, other in zip(before, model.get_weights(), strict=True))
    model.train_on_batch(data[0][:1], data[1][:1])
    assert shown.experiment.model.params.array.tobytes() == model.params.array.tobytes()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_going_back_and_on_again_gives_the_same_bits(optimizer):
    experiment = Experiment.from_setup(replace(SMALL, optimizer=optimizer))
    for _ in range(3):
        experiment.step()
    experiment.edit("hidden/bias[1]", 0.5)
    experiment.step()
    end = experiment.model.params.array.tobytes()
    names = {}
    exec(experiment.script().replace("print(", "str("), names)
    assert names["model"].params.array.tobytes() == end
    experiment.go_back(1)
    for _ in range(2):
        experiment.step()
    experiment.edit("hidden/bias[1]", 0.5)
    experiment.step()
    assert experiment.model.params.array.tobytes() == end


@pytest.mark.parametrize(
    ("reference", "value"),
    [("hidden/kernel[9, 0]", 1.0), ("nothing[0]", 1.0), ("input[0, 5]", 1.0), ("hidden/bias[0]", float("nan")),
     ("hidden/bias[0]", 1e9), ("hidden/bias[0]", "1"), ("hidden/bias", 1.0)],
)  # fmt: skip
def test_an_edit_that_cannot_be_is_refused(reference, value):
    experiment = Experiment.from_setup(SMALL)
    with pytest.raises(ValueError, match="Expected"):
        experiment.edit(reference, value)
    assert len(experiment.states) == 1


def test_losses_and_activations_that_belong_together_are_set_together():
    setup = PRESETS["textbook"].changed(loss="categorical_crossentropy")
    assert setup.layers[-1] == (2, "softmax") and setup.y == (1.0, 0.0)
    assert setup.changed(layers=((2, "sigmoid"), (2, "relu"))).loss == "mean_squared_error"
    assert setup.with_inputs(4).x == (0.6, -0.4, 0.0, 0.0)
    assert setup.changed(loss="binary_crossentropy").layers[-1] == (2, "sigmoid")
    for preset in PRESETS.values():
        assert Setup.from_query(preset.query()) == (preset, [])


@pytest.mark.parametrize(
    ("query", "taken", "told"),
    [
        ({"rate": "0.25"}, {"rate": 0.25}, {}),
        ({"layers": "900.relu"}, {"layers": ((5, "relu"),), "y": (0.9, 0, 0, 0, 0)}, {"layers": "5.relu"}),
        ({"layers": "2.softmax-1.tanh"}, {}, {"layers": "2.sigmoid-1.sigmoid"}),
        ({"layers": "1.tanh-" * 4 + "2.softmax"}, {"layers": 4 * ((1, "tanh"),)}, {"layers": ("-1.tanh" * 4)[1:]}),
        ({"x": "1,2,3,4,5,6", "y": "nan"}, {"x": (1, 2, 3, 4, 5)}, {"x": "1,2,3,4,5", "y": "0.9"}),
        ({"y": "1,0"}, {"y": (1.0,)}, {"y": "1"}),
        ({"loss": "evil", "rate": "-1", "seed": "1e6"}, {"rate": 0.0}, {"loss": "sum_of_squares", "rate": "0", "seed": "1"}),
        ({"loss": "binary_crossentropy", "layers": "1.tanh"}, {"layers": ((1, "tanh"),)}, {"loss": "mean_squared_error"}),
    ],
)
def test_what_an_address_says_wrongly_is_told(query, taken, told):
    setup, problems = Setup.from_query(query)
    assert {name: getattr(setup, name) for name in taken} == taken
    assert {name: instead for name, _, instead in problems} == told
    assert Setup.from_query(setup.query()) == (setup, [])
    Experiment.from_setup(setup).step()
