"""What the tests of the playground do on its page."""

import re

from playwright.sync_api import expect

SPIRAL = "/playground?data=spiral&features=x,y,sin(x),sin(y)&hidden=8-tanh,8-tanh&optimizer=Adam&rate=0.01&seed=3"


def opened(page, address="/playground"):
    page.goto(address)
    expect(page.locator(".gn-net-neuron").first).to_be_visible()
    return page


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def step(page):
    """The step at which the bar says that the training is."""
    found = re.search(r"step ([\d,]+)", page.locator(".gn-counts").inner_text())
    return int(found[1].replace(",", "")) if found else -1


def field(page):
    """The pixels of the map, as the browser drew them."""
    return page.evaluate("document.querySelector('.gn-map canvas').toDataURL()")


def wait_for(page, condition, seconds=20):
    """Waits in the browser's time until a Python condition holds."""
    for _ in range(seconds * 20):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come to pass")


def downloaded(page, name):
    button(page, "Save & export").click()
    with page.expect_download() as waited:
        button(page, name).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    return waited.value.path().read_bytes()
