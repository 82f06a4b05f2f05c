"""Every page by the keyboard alone: each control has a name, each is come to once, and none keeps the focus."""

import pytest
from playwright.sync_api import expect

from glassnet.studio.pages import NAMES

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
