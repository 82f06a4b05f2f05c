"""Fixtures of the studio's tests: one server and one browser for all, and a watched page for each."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser import Watch, chromium
from playwright.sync_api import expect
from server import studio

expect.set_options(timeout=60_000)  # kernels may have to be compiled, the machine may be busy with other things


@pytest.fixture(scope="session")
def address():
    """The address of a studio that runs in a process of its own, with a "/" at its end."""
    with studio() as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def new_page(browser, address):
    """Makes pages, each a browser tab with cookies of its own: `new_page(locale=..., viewport=..., color_scheme=...)`.

    At the end, any error on a console, any answer of 400 or more, and any request to another host fails the test.
    """
    contexts, watches = [], []

    def make(**settings):
        context = browser.new_context(**{"locale": "en-US", "base_url": address, **settings})
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        watches.append(Watch(page, address))
        return page

    yield make
    for context in contexts:
        context.close()
    problems = [problem for watch in watches for problem in watch.problems]
    assert not problems, "\n".join(problems)


@pytest.fixture
def page(new_page):
    """A watched page in English, as large as a laptop's."""
    return new_page(viewport={"width": 1440, "height": 900})
