"""Sessions: a network for each tab, found again after a lost connection, ended with the tab; ten at once stay usable."""

import contextlib
import gc
import re
import statistics
import threading
import time
import weakref

import pytest
from playwright.sync_api import expect
from server import studio
from tab import Tab

from glassnet import Sequential, datasets, layers
from glassnet.inspect.replay import Pause, Paused
from glassnet.studio.pages import page_class
from glassnet.studio.session import Session
from glassnet.studio.texts import text

WEATHER = "/neuron?view=weather"


def steps(page):
    return step_in(page.locator(".gn-counts").inner_text())


def step_in(words):
    return int(re.search(r"step ([\d,]+)", words)[1].replace(",", ""))


def wait_beyond(page, step):
    """Until the page shows a later step."""
    shown = r"(had) => Number(document.querySelector('.gn-counts').innerText.match(/step ([\d,]+)/)[1].replaceAll(',', '')) > had"
    page.wait_for_function(shown, arg=step)


def play(page):
    page.goto(WEATHER)
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".gn-counts")).to_contain_text("steps/s")


def test_every_tab_has_a_network_of_its_own(new_page):
    context_page = new_page()
    play(context_page)
    other = new_page()
    other.goto(WEATHER)
    expect(other.locator(".gn-counts")).to_have_text("Epoch 0 · step 0")


def test_a_lost_connection_meets_the_same_network(page):
    play(page)
    page.evaluate("window.stays = true")
    reached = steps(page)
    page.evaluate("window.socket.io.engine.close()")  # the socket breaks; the client finds a new one by itself
    page.wait_for_function("!window.socket.connected")
    page.wait_for_function("window.socket.connected")
    wait_beyond(page, reached)
    assert page.evaluate("window.stays"), "the page was not loaded anew"
    expect(page.locator(".gn-counts")).to_contain_text("steps/s")


def test_that_the_studio_is_gone_is_told_in_the_language_that_is_chosen(browser):
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(studio())
        page = browser.new_page(locale="en-US")
        page.goto(f"{address}neuron")
        page.get_by_role("button", name="中文").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("神经元")
        stack.close()  # the studio ends
        told = page.locator("#popup[aria-hidden=false] > span")
        expect(told).to_have_text([text("zh", "frame.lost"), text("zh", "frame.lost.wait")])
        page.close()


def test_other_pages_and_languages_find_the_training_as_it_was(page):
    play(page)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".gn-counts")).not_to_contain_text("steps/s")
    reached = steps(page)
    page.get_by_role("link", name="glassnet").click()
    expect(page.locator(".gn-tab[aria-current=page]")).not_to_have_text("Neuron")
    page.get_by_role("link", name="Neuron").click()
    expect(page.locator(".gn-counts")).to_contain_text(f"step {reached:,}")
    page.get_by_role("button", name="中文").click()
    expect(page.locator(".gn-counts")).to_contain_text(f"第 {reached:,} 步")


def test_what_was_watched_in_the_browser_has_the_bits_of_a_plain_fit(page):
    """The figures on the page after a watched, paused and stepped training are those of a fit that nobody watched."""
    play(page)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".gn-counts")).not_to_contain_text("steps/s")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".gn-counts")).to_contain_text("step 0")
    page.get_by_role("button", name="Epoch").click()
    expect(page.locator(".gn-counts")).to_contain_text("step 28")
    page.get_by_role("button", name="Batch").click()
    expect(page.locator(".gn-counts")).to_contain_text("step 29")
    reached = 29
    (x, y), test = datasets.weather.load_data()
    scaling = layers.Normalization(name="standardised")
    scaling.adapt(x)
    neuron = layers.Dense(1, activation="sigmoid", kernel_initializer="zeros", name="neuron")
    model = Sequential([layers.Input((2,)), scaling, neuron])
    model.seed = 1
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    with pytest.raises(Paused):
        model.fit(x, y, batch_size=32, epochs=reached, verbose=0, callbacks=[Pause(reached)])
    accuracy = model.evaluate(*test, verbose=0, return_dict=True)["accuracy"]
    expect(page.locator(".gn-large").first).to_have_text(f"{100 * accuracy:.1f} %")


def test_ten_sessions_train_at_once_and_stay_usable(page, address):
    """Nine tabs without a browser, since ten browsers would measure themselves, and one that is clicked on in a browser."""
    with contextlib.ExitStack() as stack:
        tabs = [stack.enter_context(Tab(address, path)) for path in (WEATHER, *["/playground", WEATHER] * 4)]
        for tab in tabs:
            tab.click("gn-play")
        play(page)
        counts = [tab.text("gn-counts") for tab in tabs]
        pictures, reached = [tab.pictures.total() for tab in tabs], steps(page)
        answers = []
        for tab in tabs:
            for name in ("Play", "Pause"):
                tab.click("gn-play")
                answers.append(tab.wait(lambda tab=tab, name=name: tab.text("gn-play") == name))
        for tab, had, taken in zip(tabs, counts, pictures, strict=True):
            tab.wait(lambda tab=tab, had=had: step_in(tab.text("gn-counts")) > step_in(had))
            tab.wait(lambda tab=tab, taken=taken: tab.pictures.total() > taken)
        wait_beyond(page, reached)
        begun = time.perf_counter()
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("button", name="Play")).to_be_visible()
        clicked = time.perf_counter() - begun
    assert statistics.median(answers) < 0.5, f"clicks were answered after {answers} s"
    assert clicked < 5, f"a click in the browser took {clicked} s"


def test_what_somebody_did_is_shown_at_once_and_what_goes_on_by_itself_waits(address):
    """A browser that does not come to draw gets no more pictures of the training, and still the answers to what is done in it."""
    with Tab(address, "/digits") as tab:
        network = tab.picture("activations")
        tab.wait(lambda: tab.text("gn-play") == "Pause" and tab.pictures[network] > 2)
        tab.draws = False
        reached = tab.pictures[network]
        for _ in range(3):
            counts = tab.text("gn-counts")
            tab.wait(lambda counts=counts: tab.text("gn-counts") != counts)
        assert tab.pictures[network] <= reached + 1
        tab.click("gn-play")
        tab.wait(lambda: tab.text("gn-play") == "Play")
        for neuron in ("1/3", "1/4", "2/5"):
            reached = tab.pictures[network]
            tab.set(network, selected=neuron)
            tab.wait(lambda reached=reached: tab.pictures[network] > reached)


def test_a_closed_tab_ends_its_session():
    """A session that is closed lets go of thread and network."""
    session = Session()
    page = session.pages["neuron"] = page_class("neuron")(session, {"view": "weather"})
    training = page.view.training
    training.play()
    model = weakref.ref(training.model)
    session.close()
    for thread in [thread for thread in threading.enumerate() if thread.name == "training"]:
        thread.join(60)
        assert not thread.is_alive()
    del page, training
    gc.collect()
    assert model() is None, "the network is still held by somebody"
