"""The playground in a browser: it learns, is changed and edited, keeps its state in the address, and refuses what is hostile."""

import re
import subprocess
import sys

import numpy as np
import pytest
from playground import SPIRAL, button, downloaded, field, opened, step, wait_for
from playwright.sync_api import expect

from glassnet import Sequential, layers, load_model
from glassnet.preprocessing import PointFeatures
from glassnet.studio.pages.playground import Page
from glassnet.studio.session import Session

# -- in the browser --------------------------------------------------------------------------------------------------------


def test_the_spiral_is_learnt(page):
    opened(page, SPIRAL)
    button(page, "Play").click()
    accuracy = page.locator(".gn-score").nth(3)
    wait_for(page, lambda: re.fullmatch(r"[\d.]+ %", accuracy.inner_text()) and float(accuracy.inner_text()[:-2]) > 95, 60)
    button(page, "Pause").click()


def test_a_weight_that_is_edited_changes_the_map(page):
    opened(page)
    wait_for(page, lambda: step(page) == 0)
    before = field(page)
    page.locator("[data-key=neuron-2-0]").press("Enter")
    card = page.get_by_role("dialog")
    expect(card).to_contain_text("output[0]")
    card.locator("input").first.fill("3.5")
    card.locator("input").first.press("Enter")
    wait_for(page, lambda: field(page) != before)
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    page.locator("[data-key=neuron-2-0]").press("Enter")
    expect(card.locator("input").first).to_have_value("3.5")


def test_layers_and_neurons_are_added_and_removed_on_the_picture(page):
    opened(page)
    neurons = page.locator(".gn-net-neuron")
    expect(neurons).to_have_count(4 + 2 + 1)
    page.locator("[data-key=more-0]").click()
    expect(neurons).to_have_count(5 + 2 + 1)
    page.locator("[data-key=add-1]").click()
    expect(neurons).to_have_count(5 + 4 + 2 + 1)
    page.locator("[data-key=remove-2]").click()
    expect(neurons).to_have_count(5 + 4 + 1)
    page.locator("[data-key=activation-1]").select_option("relu")
    page.wait_for_url("**hidden=5-tanh%2C4-relu**")
    page.locator("[data-key='feature-x*y']").click()
    expect(page.locator("[data-key='feature-x*y']")).to_have_attribute("aria-pressed", "true")
    page.wait_for_url("**features=x%2Cy%2Cx%2Ay**")


def test_a_number_being_typed_outlives_pictures_and_sizes_and_escape_takes_it_back(page):
    opened(page)
    button(page, "Play").click()
    neuron = page.locator("[data-key=neuron-0-1]")
    neuron.focus()
    neuron.press("Enter")
    number = page.locator(".gn-net-list input").first
    had = number.input_value()
    number.fill("1.25")
    at = step(page)
    wait_for(page, lambda: step(page) > at)
    page.evaluate("() => { window.neuron = document.querySelector('.gn-net-neuron'); }")
    page.set_viewport_size({"width": 1300, "height": 800})
    page.wait_for_function("() => document.querySelector('.gn-net-neuron') !== window.neuron")
    expect(number).to_have_value("1.25")
    expect(number).to_be_focused()
    button(page, "Pause").dispatch_event("click")
    expect(page.locator(".gn-counts")).not_to_contain_text("steps/s")  # it stands
    expect(number).to_have_value("1.25")
    page.get_by_role("heading", level=1).click()  # which takes what is typed
    neuron.focus()
    expect(page.locator(".gn-net-tip")).to_contain_text("1.250")
    neuron.press("Enter")
    expect(number).to_have_value("1.25")
    number.fill(had)
    number.press("Escape")
    expect(neuron).to_be_focused()
    neuron.press("Enter")
    expect(number).to_have_value("1.25")


def test_the_keyboards_focus_stays_on_the_picture_when_a_layer_goes(page):
    opened(page)
    remove = page.locator("[data-key=remove-1]")
    remove.focus()
    remove.press("Enter")
    expect(remove).to_have_count(0)
    expect(page.locator(".gn-net [data-key]:focus")).to_have_count(1)
    fewer = page.locator("[data-key=fewer-0]")
    fewer.focus()
    for units in "321":
        fewer.press("Enter")
        expect(page.locator(".gn-net-row b").first).to_have_text(units)
    expect(page.locator(".gn-net [data-key]:focus")).to_have_count(1)  # one neuron is the least


def test_whole_numbers_are_whole(page):
    opened(page)
    seed = page.get_by_label("Data seed", exact=True)
    seed.fill("7.4")
    seed.press("Tab")
    expect(seed).to_have_value("7")
    page.wait_for_url("**data_seed=7")


@pytest.mark.parametrize(
    ("formula", "said"),
    [("__import__('os').system('true')", "Expected numbers, x, y"), ("9**9**9**9", "between"), ("x.real", "Expected numbers")],
)
def test_a_hostile_formula_is_refused(page, formula, said):
    opened(page)
    page.locator("[data-key=own]").click()
    page.locator(".gn-net-formula").fill(formula)
    page.locator("[data-key=add-formula]").click()
    expect(page.locator(".gn-notice")).to_contain_text(said)
    expect(page.locator(".gn-net-formula")).to_have_value(formula)  # to be mended
    expect(page.locator(".gn-net-feature")).to_have_count(7)


def test_a_formula_becomes_a_feature_and_can_be_forgotten(page):
    opened(page)
    page.locator("[data-key=own]").click()
    page.locator(".gn-net-formula").fill("exp(-x**2 - y**2)")
    page.locator(".gn-net-formula").press("Enter")
    made = page.locator("[data-key='feature-exp(-x**2 - y**2)']")
    expect(made).to_have_attribute("aria-pressed", "true")
    page.locator("[data-key='forget-exp(-x**2 - y**2)']").click()
    expect(made).to_have_count(0)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"x,y,label\n1,2\n", "Expected 3 cells"),
        (b"x,y,label\n" + b"1,2,a\n" * 20_001, "Expected at most 20000 rows"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "Expected"),
        (b"x,y,label\n=1+1,@SUM(A1),a\n=cmd|' /C calc'!A0,2,b\n", "two columns of numbers"),
        (b"", "Expected"),
        (b"x" * 2_100_000, "Expected a file of at most 2,000,000 bytes"),
    ],
    ids=["ragged", "long", "binary", "formulas", "empty", "huge"],
)
def test_a_hostile_table_is_refused(page, data, said):
    opened(page)
    page.locator("input[type=file]").set_input_files({"name": "table.csv", "mimeType": "text/csv", "buffer": data})
    expect(page.locator(".gn-notice")).to_contain_text(said)
    expect(page.locator("[aria-pressed=true].gn-set")).to_contain_text("Circle")


def test_one_example_after_the_other_then_the_step(page):
    opened(page, "/playground?batch=2")
    wait_for(page, lambda: step(page) == 0)
    note = page.locator(".gn-at-output .gn-small")
    for number in (1, 2):
        button(page, "Example").click()
        expect(note).to_have_text(f"example {number} of 2 in this batch")
    assert step(page) == 0
    button(page, "Example").click()
    wait_for(page, lambda: step(page) == 1)
    expect(note).to_have_text("")


def test_rewind_and_branch(page):
    opened(page)
    wait_for(page, lambda: step(page) == 0)
    for number in (1, 2):
        button(page, "Epoch").click()
        wait_for(page, lambda number=number: step(page) == 25 * number)
    page.keyboard.press("ArrowLeft")
    wait_for(page, lambda: step(page) == 49)
    after = field(page)
    page.keyboard.press("ArrowRight")
    wait_for(page, lambda: step(page) == 50)
    page.keyboard.press("ArrowLeft")
    wait_for(page, lambda: step(page) == 49 and field(page) == after)
    button(page, "Branch").click()
    page.get_by_role("dialog").locator(".gn-primary").click()
    expect(page.locator(".gn-compare")).to_contain_text("loss")


def test_the_doctors_cure_is_applied(page):
    opened(page, "/playground?data=xor&hidden=8-relu&initializer=Zeros")
    button(page, "Epoch").click()
    wait_for(page, lambda: step(page) == 25)
    button(page, "Why isn’t it learning?").click()
    finding = page.locator(".gn-finding").filter(has_text="All neurons alike")
    expect(finding).to_be_visible()
    before = field(page)
    finding.get_by_role("button", name="Apply").click()
    expect(page.locator(".gn-notice")).to_contain_text("Applied")
    wait_for(page, lambda: field(page) != before)
    wait_for(page, lambda: step(page) == 0)


def test_an_exported_script_gives_the_same_bits(page, tmp_path):
    opened(page, "/playground?data=spiral&classes=3&loss=squared&features=x,y,sin(x*y)&dropout=0.2&l1=0.0001")
    button(page, "Epoch").click()
    wait_for(page, lambda: step(page) == 25)
    for _ in range(3):
        button(page, "Batch").click()
    wait_for(page, lambda: step(page) == 28)
    (tmp_path / "script.py").write_bytes(script := downloaded(page, "Python script"))
    assert b"datasets.spiral.load_data(n=500" in script
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_model_file_predicts_from_x_and_y_and_can_be_loaded_again(page, tmp_path):
    opened(page, "/playground?data=gauss&features=x,y,x*y&hidden=3-tanh")
    button(page, "Epoch").click()
    wait_for(page, lambda: step(page) == 25)
    path = tmp_path / "m.safetensors"
    path.write_bytes(downloaded(page, "Model file"))
    model = load_model(path)
    outputs = model.predict(model.preprocessing.transform([{"x": 2, "y": 2}, {"x": -2, "y": -2}]), verbose=0)
    assert outputs[0] > 0.5 > outputs[1]
    button(page, "Save & export").click()
    page.locator(".gn-files input[type=file]").set_input_files(path)
    expect(page.locator(".gn-files")).to_have_count(0)
    expect(page.locator(".gn-net-neuron")).to_have_count(3 + 1)


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("Network (PNG)", b"\x89PNG"),
        ("Network (SVG)", b"<svg"),
        ("Map (SVG)", b"<svg"),
        ("Curves (CSV)", b"epoch"),
        ("Points (CSV)", b"x,y,label"),
    ],
)
def test_what_can_be_saved(page, name, begins):
    opened(page)
    assert downloaded(page, name).startswith(begins)


# -- without one -------------------------------------------------------------------------------------------------------------


def test_it_accepts_models_on_points_of_the_plane():
    def network(inputs, *stack):
        model = Sequential([layers.Input(inputs), *stack])
        model.compile("sgd", "binary_crossentropy")
        return model

    two = network((2,), layers.Dense(5, activation="relu"), layers.Dense(1, activation="sigmoid"))
    x = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    assert Page.accepts(two, None) and Page.accepts(two, (x, x[:, 0] > 0))
    assert not Page.accepts(network((3,), layers.Dense(1)), None)
    assert not Page.accepts(network((2,), layers.Dense(33), layers.Dense(1)), None)
    three = network((3,), layers.Dense(1, activation="sigmoid"))
    three.preprocessing = PointFeatures(["x", "y", "x*y"])
    assert Page.accepts(three, None)
    session = Session()
    page = Page(session)
    page.show(two, (x, (x[:, 0] > 0).astype(int)))
    assert page.model is two and page.points.classes == 2 and page.setting.hidden == ((5, "relu"),)
    assert page.training.step("epoch").result(20).step == page.training.batches
    session.close()


def test_looking_at_full_speed_changes_no_bit():
    session = Session()
    weights = []
    for looks in (True, False):
        page = Page(session, {"data": "xor", "dropout": "0.1", "show": "gradients"})
        for _ in range(40 if looks else 1):
            state = page.training.step("epoch", 1 if looks else 40).result(20)
        assert state.step == 1000
        weights.append(page.model.params.array.copy())
    assert np.array_equal(*weights)
    session.close()
