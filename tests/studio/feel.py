"""Measures how the studio feels while it trains at full speed. Run it on a machine that has nothing else to do."""

import statistics
import time

from browser import chromium
from server import studio

SECONDS = 6
"""That pictures are counted for."""
STARTS = 3
"""Of the program, each of which is told."""
TRIES = 9
"""Of a click."""
WATCH = """
window.seen = { frames: 0, at: 0, tick: 1, of: window.of };
const fresh = (node) => {
  if (!node?.closest?.(window.seen.of) || window.seen.at === window.seen.tick) return;
  window.seen.at = window.seen.tick;
  window.seen.frames++;
};
(function turn(time) { window.seen.tick = time; requestAnimationFrame(turn); })(1);
for (const name of ["putImageData", "drawImage", "fillRect", "stroke", "fill"]) {
  const own = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (...values) { fresh(this.canvas); return own.apply(this, values); };
}
new MutationObserver((changes) => changes.forEach(({ target }) => fresh(target))).observe(document, {
  subtree: true, childList: true, attributes: true, attributeFilter: ["style", "d", "fill", "stroke"],
});
"""
"""Counts the frames in which what lies in `seen.of` was drawn anew: on canvases and in SVG."""
PLACES = {"digits": ".gn-net, .gn-bars", "playground": ".gn-map"}
REACTION = """
([button, done]) => new Promise((resolve, reject) => {
  const begun = performance.now();
  document.querySelector(button).click();
  (function look() {
    if (eval(done)) resolve(performance.now() - begun);
    else if (performance.now() > begun + 5000) reject(`${button} did nothing`);
    else requestAnimationFrame(look);
  })();
})
"""


def first_picture(browser):
    """Seconds from the program's start until it says its address, and from there until the network's first picture is on the
    screen, in a tab that is there already: how long a browser takes to open one is no matter of the studio's."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    time.sleep(1)  # a new tab works on by itself for a while
    begun = time.perf_counter()
    with studio() as address:
        served = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.wait_for_selector(".gn-net circle.body[style*=color-mix]")
        shown = time.perf_counter()
        page.close()
    return served - begun, shown - served


def training(browser, address, name):
    """A page that trains as fast as it goes."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-US")
    page.add_init_script(f"window.of = {PLACES[name]!r};{WATCH}")
    page.goto(address + name)
    page.wait_for_selector(PLACES[name].split(",")[0])
    play = page.locator(".gn-play")
    if name == "digits":
        play.filter(has_text="Pause").wait_for()
        page.locator(".gn-training-bar input[type=range]").press("End")
    else:
        play.click()
    time.sleep(1)
    return page


def pictures(page):
    """Pictures a second."""
    before, begun = page.evaluate("seen.frames"), time.perf_counter()
    time.sleep(SECONDS)
    return (page.evaluate("seen.frames") - before) / (time.perf_counter() - begun)


def reaction(page, *click):
    """Milliseconds from a click until it shows: the middle one, and the longest."""
    found = []
    for button, done, back in [click] * TRIES:
        found.append(page.evaluate(REACTION, [button, done]))
        time.sleep(0.3)
        page.click(back)
        time.sleep(0.3)
    return statistics.median(found), max(found)


def told(what, figures):
    print(f"  {what}: {figures[0]:.0f} ms, {figures[1]:.0f} ms at the most", flush=True)


def main():
    with chromium() as browser:
        first_picture(browser)  # kernels may have to be compiled
        for serves, shows in [first_picture(browser) for _ in range(STARTS)]:
            print(f"up {serves:.2f} s after the program's start, first picture {shows:.2f} s later", flush=True)
        with studio() as address:
            for name in PLACES:
                page = training(browser, address, name)
                print(f"{name}: {pictures(page):.0f} pictures a second", flush=True)
                if name == "digits":
                    click = (
                        ".gn-pad-bar button:last-child",
                        "document.querySelector('[data-answer]').textContent === '–'",
                        ".gn-digits-pad .gn-button",
                    )
                    told("clearing the pad", reaction(page, *click))
                click = (".gn-play", "document.querySelector('.gn-play').textContent.includes('Play')", ".gn-play")
                told("pausing", reaction(page, *click))
                page.close()


if __name__ == "__main__":
    main()
