"""The address of the playground: it holds all that is set up, points and tables of one's own too, and nothing in it is wrong in
silence."""

import json
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playground import SPIRAL, button, downloaded, opened, step, wait_for
from playwright.sync_api import expect

from glassnet.studio.pages.playground import Page
from glassnet.studio.pages.playground.packing import pack, unpack
from glassnet.studio.pages.playground.plane_table import PlaneTable
from glassnet.studio.pages.playground.setting import Setting, read, tidy
from glassnet.studio.session import Session

NONE = "&table=eNoD&drawn=AA"
"""Neither a table nor drawn points."""


def table_of(rows, digits=3, target=lambda x: "abc"[int(x.sum() * 3 / 20)]):
    """A CSV file of so many rows: two numbers, and what follows from them."""
    x = np.random.default_rng(0).uniform(0, 10, (rows, 2)).round(digits)
    return "width,height,target\n" + "".join(f"{row[0]},{row[1]},{target(row)}\n" for row in x)


def load(page, text):
    """Opens a table of one's own on the page."""
    file = {"name": "table.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("input[type=file]").set_input_files(file)
    button(page, "Use these").click()


def plane(**cells):
    """A `PlaneTable` with the cells of some columns."""
    usual = {"a": ("1", "2", "3"), "b": ("0", "4", "2"), "c": ("x", "y", "x")}
    return PlaneTable(tuple((usual | cells).items()))


# -- in the browser --------------------------------------------------------------------------------------------------------


def test_an_address_reloaded_gives_the_same_state(page):
    opened(page, SPIRAL + "&noise=0.2&classes=3&test=1&l2=0.001&dropout=0.1&own=x*sin(y)")
    expect(page.locator(".gn-net-neuron")).to_have_count(8 + 8 + 3)
    expect(page.locator("[data-key='feature-x*sin(y)']")).to_have_attribute("aria-pressed", "false")
    wait_for(page, lambda: step(page) == 0)
    button(page, "Epoch").click()
    wait_for(page, lambda: step(page) == 25)
    loss = page.locator(".gn-score").first
    expect(loss).not_to_have_text("–")
    before, address = loss.inner_text(), page.url
    page.reload()
    expect(page.locator(".gn-net-neuron")).to_have_count(8 + 8 + 3)
    wait_for(page, lambda: step(page) == 0)
    assert page.url == address
    button(page, "Epoch").click()
    expect(loss).to_have_text(before)


def test_points_are_drawn_and_stand_in_the_address(page):
    opened(page, "/playground?data=drawn&share=0.9")
    box = page.locator(".gn-map canvas").bounding_box()
    for pen, x in (("0", 90), ("1", 250)):
        page.locator(".gn-at-output .gn-choice").get_by_text(pen, exact=True).click()
        page.mouse.move(box["x"] + x, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + x, box["y"] + 240, steps=20)
        address = page.url
        page.mouse.up()
        page.wait_for_url(lambda url, before=address: url != before)
    canvas = page.locator(".gn-map canvas")
    canvas.focus()
    address = page.url
    canvas.press("ArrowLeft")
    canvas.press(" ")
    page.wait_for_url(lambda url: url != address)
    setting, problems = read({name: texts[0] for name, texts in parse_qs(urlsplit(page.url).query).items()})
    assert problems == [] and len(setting.drawn) > 20 and {kind for _, _, kind in setting.drawn} == {0, 1}
    button(page, "Epoch").click()
    wait_for(page, lambda: step(page) > 0)


@pytest.mark.parametrize(
    ("table", "outputs"), [(table_of(120), 3), (table_of(120, target=np.prod), 1)], ids=["classes", "numbers"]
)
def test_a_table_of_ones_own_is_learnt_and_its_address_gives_the_same_bits(new_page, table, outputs):
    page = opened(new_page(), "/playground?noise=0.2&hidden=5-tanh&seed=4")
    load(page, table)
    expect(page.locator(".gn-at-data")).to_contain_text("These three columns stand in the address")
    page.wait_for_url("**table=**")
    other = opened(new_page(), page.url)
    files = []
    for tab in (page, other):
        expect(tab.locator("[aria-pressed=true].gn-set")).to_contain_text("Table")
        expect(tab.locator(".gn-net-neuron")).to_have_count(5 + outputs)
        wait_for(tab, lambda tab=tab: step(tab) == 0)
        for epochs in (1, 2):
            button(tab, "Epoch").click()
            wait_for(tab, lambda tab=tab, epochs=epochs: step(tab) == 6 * epochs)
        files.append([downloaded(tab, name) for name in ("Points (CSV)", "Model file")])
    assert files[0] == files[1]
    assert len(files[0][0].splitlines()) == 121
    assert other.url == page.url


def test_a_table_is_kept_while_other_data_are_looked_at(page):
    opened(page)
    load(page, table_of(50))
    page.wait_for_url("**table=**")
    address = page.url
    for name, pressed in (("Circle", "Circle"), ("Table", "Table")):
        page.locator(".gn-set").filter(has_text=name).click()
        expect(page.locator("[aria-pressed=true].gn-set")).to_contain_text(pressed)
        page.wait_for_url(lambda url, name=name: ("table=" in url) == (name == "Table"))
    assert page.url == address
    with page.expect_file_chooser():
        page.locator(".gn-set").filter(has_text="Table").click()


def test_a_table_too_large_for_the_address_is_said_to_be(page):
    opened(page)
    load(page, table_of(800, digits=12))
    expect(page.locator(".gn-at-data")).to_contain_text("The table is too large for the address")
    page.wait_for_url("**data=table**")
    assert "&table=" not in page.url
    page.reload()
    expect(page.locator(".gn-notice")).to_contain_text("The address does not hold the table")
    expect(page.locator("[aria-pressed=true].gn-set")).to_contain_text("Circle")


def test_a_hostile_address_is_told_of(page):
    opened(
        page,
        "/playground?data=../etc&hidden=9999-tanh&features=__import__('os')&noise=1e308&rate=nan&seed=<script>&table=eNoD&drawn=AA",
    )
    notices = page.locator(".gn-notice")
    expect(notices).to_have_count(8)
    for name in ("data", "hidden", "features", "noise", "rate", "seed", "table", "drawn"):
        expect(notices.filter(has_text=f"The address says {name} =")).to_have_count(1)
    expect(page.locator(".gn-net-neuron")).to_have_count(32 + 1)


# -- without one -------------------------------------------------------------------------------------------------------------


def test_the_address_says_all_of_a_setting():
    setting = tidy(
        Setting(
            data="drawn",
            drawn=((-127, 0, 3), (127, 5, 0)),
            classes=4,
            features=("y", "x**2", "exp(-x)"),
            hidden=((7, "mish"),),
            initializer="HeNormal",
            dropout=0.25,
            optimizer="Nesterov",
            rate=0.1 + 0.2,
            l2=0.01,
            discretise=True,
            show="gradients",
        )
    )
    assert read(json.loads(json.dumps(setting.query()))) == (setting, [])
    assert read({}) == (Setting(), [])


def test_the_address_holds_a_table_to_the_letter():
    table = plane(a=("1e-3", "0.10000000000000001", "7"), c=("高", "1.0", "1"))
    setting = tidy(Setting(data="table", table=table, share=0.9))
    assert read(json.loads(json.dumps(setting.query()))) == (setting, [])
    assert tidy(Setting(data="table", table=plane(c=("1.5", "2", "7")))).loss == "squared"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (pack(b"[" * 900_000), "lists in lists"),
        (pack(b"a" * 50_000_000)[:8000], "at most 1,000,000 bytes"),
        ("x" * 8001, "at most 8,000 characters"),
        (pack(b"abc")[:-3], "packed text"),
        ("\u00e9", "packed text"),
        (pack(b"{}"), "three columns"),
        (pack(b'[["a",["1"]],["b",["2"]]]'), "three columns"),
        (pack(b'[["a",["1","2"]],["b",["1"]],["c",["x"]]]'), "rows in each column"),
        (pack(b'[["a",[]],["b",[]],["c",[]]]'), "rows in each column"),
        (pack(b'[["a",[1]],["b",["2"]],["c",["x"]]]'), "three columns"),
        (pack(b'[["a",["1","2"]],["b",["1","3"]],["c",["\\ud800","x"]]]'), "surrogates"),
    ],
)
def test_a_hostile_table_in_the_address_is_refused(text, said):
    with pytest.raises(ValueError, match=said):
        PlaneTable.unpacked(text)
    setting, problems = read({"data": "table", "table": text})
    assert setting == Setting() and [name for name, *_ in problems] == ["table"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"a": ("1", "x", "2")}, "numbers in column 'a'. Received: 'x'"),
        ({"a": ("1", "", "2")}, "a number in each row of column 'a'. Received: none in row 2"),
        ({"b": ("1", "1.0", "1")}, "different numbers in the rows of column 'b'"),
        ({"b": ("1", "inf", "1")}, "finite number in column 'b', row 2"),
        ({"c": ("x", "x", "x")}, "two classes"),
        ({"c": ("x", "", "x")}, "a value of the target 'c'"),
    ],
)
def test_columns_that_are_no_plane_are_refused(cells, said):
    with pytest.raises(ValueError, match=said):
        plane(**cells)


def test_a_table_has_eight_classes_at_most():
    numbers = tuple(map(str, range(9)))
    with pytest.raises(ValueError, match="at most 8 classes in 'c'. Received: 9"):
        plane(a=numbers, b=numbers, c=tuple("abcdefghi"))


def test_a_packed_text_ends_where_it_ends():
    for text in (pack(b"abc" * 99)[:-8], pack(b"abc") + "AAAA"):
        with pytest.raises(ValueError, match="a whole packed text"):
            unpack(text, 1000, 1000)


def test_rows_for_training_that_are_all_alike_are_told_of_and_others_taken():
    alike, different = ("7",) + ("5",) * 19, tuple(map(str, range(20)))
    query = Setting(data="table", table=plane(a=alike, b=different, c=("x", "y") * 10), share=0.1).query()
    session = Session()
    page = Page(session, query)
    assert page.setting.data == "circle" and "Expected different numbers in the rows of column 'a'" in page.notices[0]
    session.close()
