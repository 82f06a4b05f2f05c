"""Sessions: a network for each tab, found again after a lost connection, ended with the tab; ten at once stay usable."""

import gc
import re
import threading
import time
import weakref

import pytest
from playwright.sync_api import expect

from glassnet import Sequential, datasets, layers
from glassnet.inspect.replay import Pause, Paused
from glassnet.studio.pages import page_class
from glassnet.studio.session import Session

WEATHER = "/neuron?view=weather"


def steps(page):
    return int(re.search(r"step ([\d,]+)", page.locator(".gn-counts").inner_text())[1].replace(",", ""))


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
    expect(page.locator(".gn-large").first).to_have_text(f"{accuracy:.1%}")


def test_ten_sessions_train_at_once_and_stay_usable(browser, address):
    small = {"width": 390, "height": 420}  # ten browsers on one machine that draws without a graphics card
    context = browser.new_context(base_url=address, locale="en-US", viewport=small)
    context.set_default_timeout(30_000)
    pages = [context.new_page() for _ in range(10)]
    for page in pages:
        play(page)
    before = [steps(page) for page in pages]
    waits = []
    for page in pages:
        begun = time.perf_counter()
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("button", name="Play")).to_be_visible()
        waits.append(time.perf_counter() - begun)
        page.get_by_role("button", name="Play").click()
    for page, had in zip(pages, before, strict=True):
        wait_beyond(page, had)
    assert sorted(waits)[5] < 3, f"a click took {waits} s"
    context.close()


def test_a_closed_tab_ends_its_session():
    """A session that is closed lets go of thread and network."""
    session = Session()
    page = session.pages["neuron"] = page_class("neuron")(session, {"view": "weather"})
    training = page.view.training
    training.play()
    model = weakref.ref(training.model)
    session.close()
    del page, training
    gc.collect()
    assert not [thread for thread in threading.enumerate() if thread.name == "training"]
    assert model() is None, "the network is still held by somebody"
