"""Backpropagation, step by step: the picture on a bare page, and the page in the studio, show what `trace` computes."""

import re

import numpy as np
import pytest
from picture_host import show
from playwright.sync_api import expect

from glassnet import Sequential, initializers, layers, optimizers
from glassnet.inspect.walkthrough import Walkthrough
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
    expect(bare.locator(".gn-bp-card")).to_contain_text("隐藏层神经元 0 的加权和")
    picture.language = "en"
    assert picture.stops[1]["title"] == "Forward: weighted sums of the hidden layer"
    model.train_on_batch(np.array([X]), np.array([Y]))
    trace = model.trace(X, Y)
    picture.show(trace, position=3)
    assert picture.trace is trace and picture.position == 3 and picture.selected == "hidden/z[0, 0]"
    assert picture.explanation["value"] == f"{trace['hidden/z'][0, 0]:.6g}"


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
