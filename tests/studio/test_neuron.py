"""The page of one neuron: by hand, at the festival, learning by the rule, and on real weather with its timeline."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from glassnet import Perceptron
from glassnet.inspect.activation_curve import activation_curve
from glassnet.studio.pages.neuron import Page
from glassnet.studio.pages.neuron.by_hand import ACTIVATIONS
from glassnet.studio.pages.neuron.rule import TABLES, Rule
from glassnet.studio.pages.neuron.view import shades
from glassnet.studio.session import Session


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_drawn_slopes_are_those_of_the_drawn_values(name):
    z = np.linspace(-5.5, 5.5, 45) + 0.013  # beside all kinks
    slope = activation_curve(name, z)[1]
    above, below = (activation_curve(name, z + step)[0].astype(float) for step in (1e-2, -1e-2))
    assert slope == pytest.approx((above - below) / 2e-2, rel=1e-2, abs=1e-3)


def test_activations_of_whole_layers_are_refused():
    with pytest.raises(ValueError, match="Expected an activation of single numbers"):
        activation_curve("softmax", [0.0])


def test_shades_are_bytes_about_the_middle():
    assert shades([0.0, 0.5, 1.0], 0.5).tolist() == [1, 128, 255]


@pytest.mark.parametrize("name", TABLES)
def test_the_rule_example_by_example_is_that_of_fit(name):
    rule = Rule(Page(Session(), {"set": name}))
    whole = Perceptron(weights=[0, 0])
    whole.fit(rule.x, rule.y, epochs=6, verbose=0)
    while len(rule.past) < len(whole.mistakes):
        rule.step()
    assert rule.past == whole.mistakes
    assert (rule.perceptron.weights.tolist(), rule.perceptron.bias) == (whole.weights.tolist(), whole.bias)
    assert rule.learnt == (name != "xor")


def test_what_the_address_says_wrongly_is_told(page):
    page.goto("/neuron?view=nowhere&w1=99&activation=magic&b=2")
    expect(page.locator(".gn-formula")).to_contain_text("z = 5·x₁ + 1·x₂ + 2 = 8.000")
    notices = page.locator(".gn-notice")
    expect(notices).to_have_count(3)
    for name, said, taken in (("view", "nowhere", "hand"), ("w1", "99", "5"), ("activation", "magic", "sigmoid")):
        words = f"The address says {name} = “{said}”, which cannot be. Taken instead: “{taken}”."
        expect(notices.filter(has_text=words)).to_have_count(1)


def test_by_hand_and_the_address(page):
    page.goto("/neuron?view=hand&w1=2&w2=-1&b=0.5&activation=step")
    formula = page.locator(".gn-formula")
    expect(formula).to_contain_text("z = 2·x₁ − 1·x₂ + 0.5 = 1.500")
    expect(formula).to_contain_text("a = step(1.500) = 1.000")
    page.get_by_role("button", name="Threshold", exact=True).click()
    expect(formula).to_contain_text("2·x₁ − 1·x₂ = 1.000 > −0.5")
    page.get_by_role("button", name="tanh").click()
    expect(formula).to_contain_text("a = tanh(1.500) = 0.905")
    page.get_by_role("slider", name="Weight w₁").press("ArrowRight")
    expect(formula).to_contain_text("2.1·x₁")
    page.wait_for_url(re.compile("w1=2.1.*activation=tanh.*notation=threshold"))
    page.reload()
    expect(formula).to_contain_text("a = tanh(1.600) = 0.922")


def test_the_place_in_the_plane_is_dragged_and_moved_by_keys(page):
    page.goto("/neuron?view=hand&activation=linear&b=0")
    plane = page.get_by_role("img", name="Blue where the answer is high")
    expect(page.locator(".gn-formula")).to_contain_text("= 2.000")
    box = plane.bounding_box()
    page.mouse.move(box["x"] + 58 + (box["width"] - 66) / 2, box["y"] + 8 + (box["height"] - 48) / 2)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".gn-formula")).to_contain_text(re.compile(r"= -?0\.0\d\d"))
    plane.press("ArrowRight")
    expect(page.locator(".gn-formula")).to_contain_text(re.compile(r"= 0\.(09|1)\d"))


@pytest.mark.parametrize(
    ("button", "count", "words"),
    [("Threshold 3", 5, "so are friend and train together"), ("Threshold 5", 4, "The weather alone decides")],
)
def test_the_festival(page, button, count, words):
    page.goto("/neuron?view=festival&threshold=0")
    page.get_by_role("button", name=button).click()
    expect(page.locator("#page")).to_contain_text(f"in {count} of 8 cases")
    expect(page.locator("#page")).to_contain_text(words)
    expect(page.locator(".gn-fires")).to_have_count(count)


def test_or_is_learnt_by_keys_and_xor_is_proved_impossible(page):
    page.goto("/neuron?view=rule&set=or")
    page.get_by_role("button", name="Next example").click()
    expect(page.locator(".gn-formula")).to_contain_text("x = (0, 0): it says 0, right is 0")
    page.evaluate("document.activeElement.blur()")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#page")).to_contain_text("Learnt: epoch 4 made no mistake.")
    page.get_by_role("button", name="XOR").click()
    page.get_by_role("button", name="Until it is right").click()
    expect(page.locator("#page")).to_contain_text("No perceptron can learn this")
    expect(page.locator("#page")).to_contain_text("w₁ + w₂ + 2b ≤ 0")


def steps_of(page):
    return int(re.search(r"step ([\d,]+)", page.locator(".gn-counts").inner_text())[1].replace(",", ""))


def test_weather_is_trained_gone_back_in_and_branched(page):
    page.goto("/neuron?view=weather")
    counts = page.locator(".gn-counts")
    expect(counts).to_have_text("Epoch 0 · step 0")
    page.get_by_role("button", name="Epoch").click()
    expect(counts).to_have_text("Epoch 1 · step 28")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    expect(counts).to_have_text("Epoch 1 · step 29")
    page.keyboard.press("ArrowLeft")
    expect(counts).to_have_text("Epoch 1 · step 28")
    page.keyboard.press("Space")
    expect(counts).to_contain_text("steps/s")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(counts).not_to_contain_text("steps/s")
    reached = steps_of(page)

    strip = page.get_by_role("slider", name="Drag along the loss")
    strip.press("Home")
    expect(counts).to_have_text("Epoch 0 · step 0")
    strip.press("End")
    expect(counts).not_to_contain_text("step 0")
    assert steps_of(page) <= reached
    strip.press("Home")
    expect(counts).to_have_text("Epoch 0 · step 0")

    page.get_by_role("button", name="Branch").click()
    page.get_by_label("Value").fill("0.05")
    page.get_by_role("button", name="Train the branch").click()
    expect(page.locator(".gn-compare")).to_contain_text("learning_rate 0.05")
    expect(page.locator(".gn-compare")).to_contain_text("accuracy")
    expect(page.locator(".gn-distances")).to_contain_text("neuron")
    page.get_by_role("button", name="Close the comparison").click()
    expect(page.locator(".gn-compare")).to_have_count(0)


def test_slow_motion(page):
    page.goto("/neuron?view=weather")
    speed = page.get_by_role("slider", name="Speed")
    for _ in range(9):
        speed.press("ArrowLeft")
    expect(page.locator(".gn-speed")).to_contain_text("1 steps/s")
    speed.press("ArrowRight")
    expect(page.locator(".gn-speed")).to_contain_text("3 steps/s")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".gn-counts")).to_contain_text("step 1")
    assert steps_of(page) < 40
