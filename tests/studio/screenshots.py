"""Pictures of every page: light and dark, desktop and phone, English and Chinese, into a folder. `make screenshots` runs it.

Call: python tests/studio/screenshots.py FOLDER [PAGE ...]
"""

import io
import itertools
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from browser import Watch, chromium
from PIL import Image
from server import studio

from glassnet.studio.pages import NAMES

SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
QUERIES = {"neuron": ("view=hand", "view=festival", "view=weather", "view=rule&set=xor")}
"""Addresses of a page that are worth a picture each; one without any where none is given."""
STEPS = 3000
"""A page that trains is shown after so many, or after a few seconds."""


def shots(names):
    """`(page, query, size, theme, language)` of every picture."""
    for name in names:
        for query in QUERIES.get(name, ("",)):
            for size, theme, language in itertools.product(SIZES, ("light", "dark"), LANGUAGES):
                yield name, query, size, theme, language


def let_it_work(page, language):
    """Trains where there is something to train, and waits until all is drawn."""
    play = page.get_by_role("button", name={"en": "Play", "zh": "播放"}[language], exact=True)
    pause = page.get_by_role("button", name={"en": "Pause", "zh": "暂停"}[language], exact=True)
    page.get_by_role("heading", level=1).wait_for()
    if "/digits" in page.url:  # begins by itself
        pause.wait_for()
    page.wait_for_timeout(800)
    if play.count() or pause.count():
        page.locator(".gn-training-bar input[type=range]").press("End")
        if play.count():
            play.first.click()
        for _ in range(60):
            found = re.search(r"(?:step |第 )([\d,]+)(?: 步)?$", page.locator(".gn-counts").first.inner_text().split(" · ")[1])
            if found and int(found[1].replace(",", "")) > STEPS:
                break
            page.wait_for_timeout(100)
        if pause.count():
            pause.first.click()
    elif "view=rule" in page.url:
        page.get_by_role("button", name=re.compile("Until|直到")).click()
    forward = page.get_by_role("button", name=re.compile("^(Next|前进)(?! example)"))
    if forward.count() == 1:
        for _ in range(9):
            forward.click()
    page.mouse.move(2, 2)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.wait_for_timeout(800)


def take(browser, address, folder, name, query, size, theme, language):
    """One picture of what is seen without scrolling, and for a phone the whole page."""
    context = browser.new_context(
        base_url=address, viewport=SIZES[size], color_scheme=theme, locale=LANGUAGES[language], device_scale_factor=1
    )
    page = context.new_page()
    watch = Watch(page, address)
    page.goto(f"/{name}?{query}")
    let_it_work(page, language)
    wide = page.evaluate("document.documentElement.scrollWidth")
    part = re.sub(r"\W+", "-", query.partition("view=")[2].partition("&")[0])
    path = folder / f"{'-'.join(filter(None, (name, part, size, theme, language)))}.webp"
    Image.open(io.BytesIO(page.screenshot(full_page=size == "phone"))).save(path, quality=88, method=6)
    context.close()
    problems = watch.problems + ([f"{wide} pixels wide"] if wide > SIZES[size]["width"] else [])
    print(f"{path.name:48} {path.stat().st_size / 1000:5.0f} kB  {'; '.join(problems)}", flush=True)
    return not problems


def main(folder, *names):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with studio() as address, chromium() as browser:
        good = [take(browser, address, folder, *shot) for shot in shots(names or NAMES)]
    sys.exit(not all(good))


if __name__ == "__main__":
    main(*sys.argv[1:])
