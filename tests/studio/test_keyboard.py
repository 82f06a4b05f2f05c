"""Every page by the keyboard alone: each control has a name, each is come to once, and none keeps the focus; and what a screen
reader finds on it."""

import re
from collections import Counter

import pytest
from playwright.sync_api import expect

from glassnet.studio.pages import NAMES

VIEWS = [f"neuron?view={view}" for view in ("festival", "weather", "rule")]
MOST = 250
"""Controls on a page."""
FOCUSED = """() => {
  const node = document.activeElement;
  if (node === document.body) return null;
  const words = node.cloneNode(true);
  words.querySelectorAll(".q-icon").forEach((icon) => icon.remove());
  const name = node.getAttribute("aria-label") || words.textContent;
  const again = node.dataset.walked === "yes";
  node.dataset.walked = "yes";
  const seen = node.checkVisibility({ visibilityProperty: true });
  return { name: name.trim(), again, seen, html: node.outerHTML.slice(0, 200) };
}"""


@pytest.mark.parametrize("name", NAMES)
def test_the_keyboard_comes_to_every_control_and_away_from_it(page, name):
    page.goto(f"/{name}?view=weather" if name == "neuron" else f"/{name}")
    expect(page.locator(".gn-picture canvas, .gn-picture svg").first).to_be_visible()
    walked = []
    while len(walked) < MOST:
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None or found["again"]:
            break
        walked.append(found)
    assert found is None, f"the focus stays: {found}"
    assert [step["name"] for step in walked[:2]] == ["Skip to the page", "glassnet"]
    bad = [step["html"] for step in walked if not step["name"] or not step["seen"]]
    assert not bad, "\n".join(bad)
    assert len(walked) > 12


@pytest.mark.parametrize("path", [*NAMES, "playground?data=drawn", *VIEWS])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_screen_reader_tells_controls_apart_and_is_not_talked_over(new_page, path, locale):
    page = new_page(locale=locale)
    page.goto(f"/{path}")
    expect(page.locator(".gn-picture canvas, .gn-picture svg, .gn-picture table").first).to_be_visible()
    found = page.locator("body").aria_snapshot()
    kinds = "button|slider|combobox|spinbutton|switch|img|group|table|region|textbox"
    nameless = re.findall(rf"^ *- ({kinds})(?::? *$|: [^\"]*$| \[.*$)", found, re.MULTILINE)
    assert nameless == []
    names = Counter(re.findall(r'- \'?((?:slider|combobox|spinbutton|switch|group|button) ".*?")', found))
    assert [name for name, count in names.items() if count > 1] == []
    assert "- status" not in found  # a live region with every number that changes
    mute = page.evaluate("[...document.querySelectorAll('.gn-slider')].filter(it => !it.ariaValueText).map(it => it.ariaLabel)")
    assert mute == []
