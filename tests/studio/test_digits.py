"""The page Digits, in a real browser: it learns, reads what is drawn, and shows the library's numbers."""

import math
import re
import subprocess
import sys

import numpy as np
import pytest
from browser import Watch
from playwright.sync_api import expect

from glassnet import Sequential, datasets, layers
from glassnet.inspect.ablation import ablate, ablation
from glassnet.inspect.answers import Answers
from glassnet.inspect.noise import noise
from glassnet.models import load_model
from glassnet.studio.pages.digits import Page
from glassnet.studio.pages.digits.curves import Record
from glassnet.studio.pages.digits.material import material_for, mnist
from glassnet.studio.pages.digits.pad import test_sheet as sheet_of_test
from glassnet.studio.pages.digits.page import FIRST
from glassnet.studio.pages.digits.reader import Reader, look
from glassnet.studio.pages.digits.setup import Setup

LAPTOP = {"width": 1440, "height": 900}
ZERO = [(0.5 + 0.2 * math.cos(angle), 0.5 + 0.3 * math.sin(angle)) for angle in np.linspace(-1.5, 4.9, 26)]
STROKES = {
    "0": [ZERO],
    "1": [[(0.52, 0.18), (0.5, 0.5), (0.48, 0.82)]],
    "7": [[(0.28, 0.22), (0.72, 0.22), (0.6, 0.5), (0.45, 0.82)]],
}
"""Digits as points on the pad, from 0 to 1."""


def wait_for_accuracy(page, wanted):
    """Waits until the test accuracy, as the newest number of the curve says, is more than wanted, in per cent."""
    page.wait_for_function(
        "wanted => document.querySelector('.gn-digits-curves .gn-curve')?.ariaLabel?.match(/test ([\\d.]+) %/)?.[1] > wanted",
        arg=wanted,
        timeout=90_000,
    )


def learn(page, wanted):
    """Trains as fast as the engine does until the test accuracy is as wanted, in per cent; then pauses."""
    page.get_by_role("slider", name="Speed").press("End")
    expect(page.locator(".gn-speed")).not_to_contain_text("steps/s")
    wait_for_accuracy(page, wanted)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=60_000)


def download(page, button):
    with page.expect_download() as found:
        page.get_by_role("button", name=button).click()
    return found.value


def draw(page, strokes):
    """Draws on an empty pad with the mouse."""
    clear = page.get_by_role("button", name="Clear")
    if clear.is_enabled():
        clear.click()
    expect(page.locator(".gn-digits-answers [data-answer]")).to_have_text("–")
    draw_on(page, strokes)


def draw_on(page, strokes):
    """Draws on the pad as it is."""
    box = page.locator(".gn-pad canvas").bounding_box()
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=4)
        page.mouse.up()


def bars(page, within=".gn-digits-answers"):
    """What is written beside the bars of a card."""
    return page.locator(f"{within} .gn-bars .value").all_inner_texts()


def written(shares):
    return [f"{100 * share:.1f} %" for share in shares]


def answers(model):
    """What is written beside the bars for the test picture that lies on the pad at first."""
    sheet, reader = sheet_of_test(mnist(), FIRST), Reader(model, mnist())
    reader.update(look(model))
    return written(reader.read(sheet.grey, sheet.truth).answers)


def steps(counts):
    """The step in the words of the training bar."""
    return int(re.search(r"step ([\d,]+)", counts)[1].replace(",", ""))


def view(page, name):
    page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture(scope="module")
def trained(browser, address, tmp_path_factory):
    """A page whose network has learnt and stands still, and the same network as a model."""
    context = browser.new_context(locale="en-US", base_url=address, viewport=LAPTOP)
    context.set_default_timeout(60_000)
    page = context.new_page()
    watch = Watch(page, address)
    page.goto("/")
    learn(page, 93)
    path = tmp_path_factory.mktemp("digits") / "model.safetensors"
    download(page, "Model file").save_as(path)
    yield page, load_model(path)
    context.close()
    assert not watch.problems, "\n".join(watch.problems)


@pytest.fixture(scope="module")
def test_data():
    _, test = datasets.mnist.load_data()
    return test


# -- in the browser --------------------------------------------------------------------------------------------------------


def test_learns_from_random_weights_within_seconds_of_opening(page):
    page.goto("/")
    wait_for_accuracy(page, 90)
    page.get_by_role("button", name="Pause").click()
    page.locator(".gn-training-timeline").press("Home")
    expect(page.locator(".gn-counts")).to_have_text("Epoch 0 · step 0")
    random = answers(Setup().build())
    assert max(float(words.split()[0]) for words in random) < 60
    expect(page.locator(".gn-digits-answers .gn-bars .value")).to_have_text(random)


@pytest.mark.parametrize("digit", STROKES)
def test_reads_a_digit_drawn_with_the_mouse(trained, digit):
    page, _ = trained
    draw(page, STROKES[digit])
    expect(page.locator(".gn-digits-answers [data-answer]")).to_have_text(digit)
    expect(page.locator(".gn-digits-pad")).to_contain_text("scaled and centred")


def test_draws_by_keyboard_and_takes_back(trained):
    page, _ = trained
    pad = page.locator(".gn-pad canvas")
    pad.focus()
    pad.press("Delete")
    expect(page.locator(".gn-digits-answers [data-answer]")).to_have_text("–")
    pad.press("Space")
    for _ in range(14):
        pad.press("ArrowDown")
    pad.press("Space")
    expect(page.locator(".gn-digits-answers [data-answer]")).to_have_text("1")
    pad.press("Control+z")
    expect(page.locator(".gn-digits-answers [data-answer]")).to_have_text("–")
    assert page.get_by_role("button", name="Play").is_visible()  # the keys were the pad's alone


def test_mistakes_are_the_librarys_and_can_be_put_on_the_pad(trained, test_data):
    page, model = trained
    answers = Answers(model, *test_data)
    (first, *_) = answers.surest_mistakes(1)
    view(page, "Mistakes")
    wrong = int((~answers.right).sum())
    expect(page.locator(".gn-digits-views")).to_contain_text(f"{wrong:,} of 10,000 test digits are read wrong")
    mistake = page.locator(".gn-digits-views .gn-grid button").first
    truth, said = answers.truth[first], answers.predicted[first]
    expect(mistake).to_contain_text(f"{truth} → {said}")
    mistake.click()
    expect(page.locator(".gn-digits-answers [data-answer]")).to_have_text(str(said))
    expect(page.locator(".gn-digits-answers")).to_contain_text(f"wrong: it is a {truth}")
    expect(page.locator(".gn-digits-pad")).to_contain_text(f"Test digit {first:,}, a {truth}")


def on_the_pad(page):
    """The number of the test digit on the pad; any one is put there."""
    caption = page.locator(".gn-digits-pad [aria-live]")
    before = caption.inner_text()
    page.get_by_role("button", name="A test digit").click()
    expect(caption).not_to_have_text(before)
    return int(re.search(r"digit ([\d,]+)", caption.inner_text())[1].replace(",", ""))


def test_a_neuron_is_switched_off_and_on_again(trained, test_data):
    page, model = trained
    number = on_the_pad(page)
    x, y = test_data
    whole = written(model.predict(x[number : number + 1], verbose=0)[0])
    expect(page.locator(".gn-digits-answers .gn-bars .value")).to_have_text(whole)
    effects = ablation(model, x[number : number + 1], y[number : number + 1], "hidden_2")
    strongest = max(effects.effects, key=lambda effect: abs(effect.changes["loss"])).neuron
    unit = int(strongest[:-1].split("[")[1])
    with ablate(model, strongest):
        without = written(model.predict(x[number : number + 1], verbose=0)[0])
    neuron = page.locator(f'[data-neuron="2/{unit}"]')
    neuron.focus()
    neuron.press("x")
    expect(page.locator(".gn-digits-answers .gn-bars .value")).to_have_text(without)
    expect(neuron).to_have_class(re.compile("off"))
    view(page, "Without a neuron")
    all_right = 100 * model.evaluate(x[:5000], y[:5000], batch_size=500, verbose=0, return_dict=True)["accuracy"]
    expect(page.locator(".gn-digits-views")).to_contain_text(f"with all neurons on, {all_right:.2f} %")
    neuron.press("x")
    expect(page.locator(".gn-digits-answers .gn-bars .value")).to_have_text(whole)
    expect(page.locator(".gn-digits-views")).to_contain_text(f"All neurons are on: {all_right:.2f} %")


def test_a_chosen_neuron_shows_its_weights_and_is_switched_by_a_button(trained):
    page, model = trained
    page.locator(".gn-digits-weights .gn-grid button").nth(5).click()
    expect(page.locator(".gn-net-card")).to_contain_text(f"bias {float(model.params['hidden_1/bias'][5]):.3g}")
    expect(page.locator('[data-neuron="1/5"]')).to_have_class(re.compile("chosen"))
    page.get_by_role("button", name="Switch off").click()
    expect(page.locator(".gn-digits-weights .gn-grid button").nth(5)).to_have_class(re.compile("crossed"))
    page.get_by_role("button", name="All on again").click()
    expect(page.locator(".gn-digits-weights .crossed")).to_have_count(0)
    page.locator('[data-neuron="1/5"]').click()
    page.get_by_role("heading", level=1).click()
    expect(page.locator(".gn-net-card")).to_contain_text("Point at a neuron")


def listed(page):
    """What the view of wishes lists: names and strengths."""
    lines = page.locator(".gn-digits-list > div").all_inner_texts()
    return [re.sub(r"\s+", " ", line).strip() for line in lines]


def expected_list(nudges):
    layer = nudges["answer"]
    found = [nudge for way in ("bias", "kernel", "below") for nudge in layer.ranked(way, 6)]
    arrows = {"up": "↑", "down": "↓", "stay": "·"}
    return [f"{nudge.name} {arrows[nudge.direction]} {abs(nudge.strength):.3g}" for nudge in found]


def test_wishes_are_the_nudges_of_the_library(trained, test_data):
    page, model = trained
    number = on_the_pad(page)
    view(page, "What it wants changed")
    x, y = test_data
    one = expected_list(model.trace(x[number : number + 1], y[number : number + 1]).nudges(0))
    expect(page.locator(".gn-digits-list > div")).to_have_count(len(one))
    page.wait_for_function(
        "first => document.querySelector('.gn-digits-list')?.innerText.includes(first)", arg=one[0].split()[-1]
    )
    assert listed(page) == one
    (x_train, y_train), _ = datasets.mnist.load_data()
    many = expected_list(model.trace(x_train[:100], y_train[:100]).nudges())
    page.get_by_role("button", name="mean of 100").click()
    page.wait_for_function(
        "first => document.querySelector('.gn-digits-list')?.innerText.includes(first)", arg=many[0].split()[-1]
    )
    assert listed(page) == many
    page.get_by_role("button", name="this picture").click()


def test_noise_is_answered_as_the_library_says(trained):
    page, model = trained
    view(page, "Noise")
    found = noise(model, 1000, seed=0, low=0, high=255)
    told = page.locator(".gn-digits-views")
    expect(told).to_contain_text(f"{100 * found.mean_confidence:.1f} % sure of its answers on average")
    expect(told).to_contain_text(f"more than 90 % sure of {100 * found.share_above(0.9):.1f} % of them")
    assert bars(page, ".gn-digits-noise") == written(found.counts / 1000)
    page.get_by_role("button", name="Put noise on the pad").click()
    expect(page.locator(".gn-digits-pad")).to_contain_text("Noise")
    expect(page.locator(".gn-digits-answers [data-answer]")).to_have_text(str(found.answers[0]))


def test_the_script_yields_the_same_bits(trained, tmp_path):
    page, model = trained
    script = tmp_path / "digits.py"
    download(page, "Python script").save_as(script)
    code = script.read_text()
    assert "datasets.mnist.load_data()" in code
    code = code.replace("raise SystemExit(not same)", "model.save('again.safetensors')\nraise SystemExit(not same)")
    script.write_text(code)
    subprocess.run([sys.executable, script.name], cwd=tmp_path, check=True, timeout=120)
    assert load_model(tmp_path / "again.safetensors").params.array.tobytes() == model.params.array.tobytes()


def test_goes_back_and_on_and_branches(new_page):
    page = new_page(viewport=LAPTOP)
    page.goto("/digits")
    learn(page, 85)
    timeline, counts = page.locator(".gn-training-timeline"), page.locator(".gn-counts")
    expect(counts).not_to_contain_text("steps/s")  # it stands
    reached = counts.inner_text()
    timeline.press("Home")
    expect(counts).to_have_text("Epoch 0 · step 0")
    blank = answers(Setup().build())
    for _ in range(2):  # the last step of all may be kept only after the first look
        timeline.press("Home")
        expect(page.locator(".gn-digits-answers .gn-bars .value")).to_have_text(blank)
        timeline.press("End")
        expect(counts).not_to_have_text("Epoch 0 · step 0")
        expect(page.locator(".gn-digits-answers .gn-bars .value")).not_to_have_text(blank)
    kept, learnt = counts.inner_text(), bars(page)
    assert steps(kept) <= steps(reached)
    timeline.press("Home")
    expect(page.locator(".gn-digits-answers .gn-bars .value")).to_have_text(blank)
    timeline.press("End")
    expect(counts).to_have_text(kept)
    expect(page.locator(".gn-digits-answers .gn-bars .value")).to_have_text(learnt)
    timeline.press("Home")
    expect(counts).to_have_text("Epoch 0 · step 0")
    page.get_by_role("button", name="Branch").click()
    page.get_by_role("dialog").locator(".gn-primary").click()
    expect(page.locator(".gn-compare")).to_contain_text("accuracy")
    page.get_by_role("button", name="Batch").click()
    expect(counts).to_have_text("Epoch 0 · step 1")


def test_the_first_stroke_on_a_test_digit_begins_a_drawing(new_page):
    page = new_page(viewport=LAPTOP)
    page.goto("/digits")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".gn-digits-pad")).to_contain_text("Test digit")
    pixels = "new Promise(tell => requestAnimationFrame(() => requestAnimationFrame(() => tell(pad.toDataURL()))))"
    found = []
    for act in (draw_on, draw):
        act(page, STROKES["1"])
        expect(page.locator(".gn-digits-pad")).to_contain_text("Your drawing")
        found.append(page.locator(".gn-pad canvas").evaluate(f"pad => {pixels}"))
    assert found[0] == found[1]


def test_settings_make_another_network_and_stand_in_the_address(new_page):
    page = new_page(viewport=LAPTOP)
    page.goto("/digits")
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Hidden layers", exact=True).fill("30")
    page.get_by_label("Seed").fill("7")
    page.get_by_role("button", name="New network").click()
    expect(page.locator('[data-neuron="1/29"]')).to_be_visible()
    page.wait_for_url("**/digits?*")
    assert "hidden=30" in page.url and "seed=7" in page.url
    page.reload()
    expect(page.locator('[data-neuron="1/29"]')).to_be_visible()
    expect(page.locator(".gn-digits-network")).to_contain_text("23,860 parameters")
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Hidden layers", exact=True).fill("0")
    page.get_by_role("button", name="New network").click()
    expect(page.get_by_text("Expected the neurons of up to 4 hidden layers")).to_be_visible()


def test_what_the_address_says_wrongly_is_told_in_chinese_too(new_page):
    page = new_page(viewport=LAPTOP, locale="zh-CN")
    page.goto("/digits?hidden=8&optimizer=magic&batch_size=9999")
    expect(page.locator('[data-neuron="1/7"]')).to_be_visible()
    notices = page.locator(".gn-notice")
    expect(notices).to_have_count(2)
    expect(notices.filter(has_text="地址中的 optimizer = “magic” 无效，已改用“adam”。")).to_have_count(1)
    expect(notices.filter(has_text="地址中的 batch_size = “9999” 无效，已改用“1000”。")).to_have_count(1)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_on_a_phone_nothing_is_cut_off_and_a_finger_draws(new_page, locale):
    page = new_page(locale=locale, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto("/digits")
    expect(page.locator('[data-neuron="1/0"]')).to_be_visible()
    page.locator(".gn-pad canvas").tap()
    expect(page.locator(".gn-digits-pad")).to_contain_text(re.compile("Your drawing|你的书写"))
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    wide = page.evaluate("[...document.querySelectorAll('.gn-card')].filter(card => card.scrollWidth > card.clientWidth).length")
    assert wide == 0


def test_a_change_of_language_keeps_network_and_pad(new_page, tmp_path):
    page = new_page(viewport=LAPTOP)
    page.goto("/digits")
    learn(page, 80)
    download(page, "Model file").save_as(tmp_path / "model.safetensors")
    learnt = answers(load_model(tmp_path / "model.safetensors"))
    expect(page.locator(".gn-digits-answers .gn-bars .value")).to_have_text(learnt)
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("手写数字")
    expect(page.locator(".gn-digits-answers .gn-bars .value")).to_have_text(learnt)


# -- without a browser -----------------------------------------------------------------------------------------------------


def classifier(*stack, loss="sparse_categorical_crossentropy"):
    model = Sequential(list(stack))
    model.compile("sgd", loss)
    return model


def dense(*shape):
    return classifier(layers.Input(shape), layers.Flatten(), layers.Dense(10, activation="softmax"))


@pytest.mark.parametrize(
    ("model", "data", "accepted"),
    [
        (dense(784), None, True),
        (dense(28, 28), None, True),
        (dense(28, 28, 1), None, True),
        (dense(28, 28), (np.zeros((12, 28, 28)), np.arange(12) % 10), True),
        (dense(28, 28), (np.zeros((12, 784)), np.arange(12) % 10), False),
        (dense(27, 27), None, False),
        (classifier(layers.Input((784,)), layers.Dense(10), loss="mse"), None, False),
        (classifier(layers.Input((784,)), layers.Dense(3, activation="softmax")), None, False),
        (Sequential([layers.Input((784,)), layers.Dense(10, activation="softmax")]), None, False),
    ],
)
def test_accepts_compiled_classifiers_of_such_pictures(model, data, accepted):
    assert Page.accepts(model, data) is accepted


@pytest.mark.parametrize("shape", [(784,), (28, 28), (28, 28, 1)])
@pytest.mark.parametrize("scales", [False, True])
def test_material_shows_a_model_the_pictures_as_it_wants_them(shape, scales):
    stack = [layers.Input(shape), *[layers.Rescaling(1 / 255)] * scales, layers.Flatten(), layers.Dense(10, activation="softmax")]
    material = material_for(classifier(*stack), None)
    assert material.x.shape == (60000, *shape)
    assert material.x_test.max() == (255 if scales else 1)
    grey = material.grey(material.x_test[:3])
    np.testing.assert_array_equal(grey, mnist().x_test[:3])
    np.testing.assert_array_equal(material.input(grey[0]), material.x_test[:1])


def test_a_reader_is_the_network_it_saw_and_leaves_it_alone():
    model = Setup(hidden=(5,), activation="tanh", seed=3).build()
    reader = Reader(model, mnist())
    reader.update(look(model))
    grey, before = mnist().x_test[0], model.params.array.copy()
    whole = reader.read(grey, 7)
    np.testing.assert_array_equal(whole.answers, model.predict(grey[None], verbose=0)[0])
    assert whole.before is None and whole.trace.loss > 0
    reader.off.append(("hidden_1", 2))
    without = reader.read(grey)
    np.testing.assert_array_equal(without.before, whole.answers)
    assert (without.answers != whole.answers).any()
    np.testing.assert_array_equal(reader.model.params.array, before)
    np.testing.assert_array_equal(model.params.array, before)


def test_a_reader_of_a_network_whose_layers_are_no_columns():
    stack = [layers.Input((28, 28)), layers.Dense(3), layers.Flatten(), layers.Dense(10, activation="softmax")]
    reader = Reader(classifier(*stack), material_for(classifier(*stack), None))
    assert not reader.dense
    assert reader.first_weights() is None


def test_the_same_settings_give_the_same_weights_whatever_was_drawn_before():
    first = Setup(seed=5).build()
    np.random.default_rng().random(3)
    again, other = Setup(seed=5).build(), Setup(seed=6).build()
    np.testing.assert_array_equal(first.params.array, again.params.array)
    assert (first.params.array != other.params.array).any()
    assert first.seed == again.seed == 5


def test_a_query_comes_back_from_the_settings_it_made():
    setup = Setup((32, 8), "tanh", "sgd", 0.05, 64, 9)
    assert Setup.from_query(setup.to_query()) == (setup, [])
    assert Setup.from_query(Setup(()).to_query()) == (Setup(()), [])
    assert Setup().to_query() == {}
    hostile = {"hidden": "9999", "activation": "os.system", "learning_rate": "nan", "seed": "1e9", "batch_size": "0", "x": "y"}
    setup, problems = Setup.from_query(hostile)
    assert setup == Setup(batch_size=1) and {name for name, *_ in problems} == {*hostile} - {"x"}


def test_a_record_forgets_what_comes_after_a_step_that_was_gone_on_from():
    record = Record()
    for step in (0, 10, 20, 30):
        record.add(step, train_loss=step, test_loss=0, train_accuracy=0, test_accuracy=0)
    record.add(15, train_loss=-1, test_loss=0, train_accuracy=0, test_accuracy=0)
    assert record.steps == [0, 10, 15]
    assert record.values["train_loss"] == [0, 10, -1]
