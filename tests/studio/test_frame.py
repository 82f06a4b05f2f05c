"""The frame around every page: tabs, language, theme, help, small screens."""

import pytest
from playwright.sync_api import expect
from server import studio

from glassnet.studio.pages import NAMES
from glassnet.studio.texts import text

PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_opens_in_both_languages(new_page, name, language):
    page = new_page(locale={"en": "en-GB", "zh": "zh-CN"}[language])
    page.goto(f"/{name}")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(text(language, f"{name}.title"))
    expect(page.locator("html")).to_have_attribute("lang", {"en": "en", "zh": "zh-Hans"}[language])


def test_the_first_page_opens_at_the_root(page):
    page.goto("/")
    expect(page.locator(".gn-tab[aria-current=page]")).to_have_text(text("en", f"{NAMES[0]}.title"))


def test_where_kernels_are_compiled_first_the_page_says_so_and_comes_then(browser, tmp_path):
    with studio(GLASSNET_CACHE=str(tmp_path)) as address:
        context = browser.new_context(locale="en-US")
        opened = context.new_page()
        opened.goto(address)
        expect(opened.get_by_text(text("en", "frame.preparing"))).to_be_visible()
        expect(opened.get_by_role("heading", level=1)).to_have_text(text("en", f"{NAMES[0]}.title"))
        expect(opened.get_by_text(text("en", "frame.preparing"))).to_have_count(0)
        context.close()


def test_tabs_change_the_page_without_loading_and_back_leads_back(page):
    for address, name in (("/", "Digits"), ("/neuron", "Neuron")):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        page.evaluate("window.stays = true")
        page.get_by_role("link", name="Playground").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Playground")
        page.wait_for_url("**/playground*")
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        assert page.evaluate("window.stays")


def test_the_language_changes_at_once_and_is_remembered(page):
    page.goto("/neuron")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("神经元")
    expect(page.get_by_role("button", name="EN", exact=True)).to_be_focused()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")  # what is remembered was sent before
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("神经元")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system_until_it_is_chosen(new_page, scheme):
    grounds = {"light": "rgb(247, 247, 245)", "dark": "rgb(15, 18, 22)"}
    other = {"light": "dark", "dark": "light"}[scheme]
    page = new_page(color_scheme=scheme)
    page.goto("/neuron")
    expect(page.locator("body")).to_have_css("background-color", grounds[scheme])
    page.get_by_role("button", name="Theme").click()
    expect(page.locator("body")).to_have_css("background-color", grounds[other])
    page.reload()
    expect(page.locator("body")).to_have_css("background-color", grounds[other])


def test_help_opens_and_closes(page):
    page.goto("/neuron")
    page.get_by_role("button", name="Help").click()
    expect(page.get_by_role("dialog")).to_contain_text(text("en", "neuron.help").split("\n")[0].strip()[:40])
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_keyboard_shows_the_help_of_a_control(page):
    page.goto("/neuron")
    button = page.get_by_role("button", name="Theme")
    page.get_by_role("button", name="中文").focus()
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    expect(page.locator(".gn-bubble.gn-visible")).to_have_text(text("en", "frame.theme.help"))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cut_off_on_a_phone(new_page, name):
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto(f"/{name}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", NAMES)
def test_every_control_has_a_name_and_a_sentence_of_help(page, name):
    page.goto(f"/{name}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    bare = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, [role=slider], [role=switch]")]
            .filter((node) => node.offsetParent && !node.closest("[data-help]") && !node.title)
            .map((node) => node.outerHTML.slice(0, 200))"""
    )
    assert not bare, "\n".join(bare)


def test_a_page_that_there_is_not_is_told_of(page):
    page.goto("/nowhere")
    expect(page.locator("#page")).to_contain_text("There is no page called “nowhere”")
