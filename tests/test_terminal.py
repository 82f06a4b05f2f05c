"""Drawing in the terminal: with and without colour, with and without Unicode."""

import io

import numpy as np
from rich.console import Console

from glassnet import terminal


def console(encoding="utf-8", **options):
    return Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding), **options)


def test_a_picture_has_a_line_for_two_rows_of_pixels():
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 13:15] = 255
    lines = [line.plain for line in terminal.picture(pixels, console())]
    assert len(lines) == 14 and {len(line) for line in lines} == {28}
    assert lines[1].strip() == "" and lines[2].strip() == "██"


def test_a_picture_of_an_odd_number_of_rows_is_filled_up():
    assert [line.plain for line in terminal.picture(np.full((3, 1), 255, np.uint8), console())] == ["█", "▀"]


def test_a_picture_in_colour_has_the_grey_values_of_its_pixels():
    (line,) = terminal.picture(np.array([[7], [200]], np.uint8), console(force_terminal=True, color_system="truecolor"))
    assert str(line.spans[0].style) == "rgb(7,7,7) on rgb(200,200,200)"


def test_without_unicode_nothing_but_ascii_is_drawn():
    plain = console(encoding="ascii")
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    lines = [
        *terminal.picture(pixels, plain),
        *terminal.bars([0.1, 0.9], ["a", "b"], plain),
        *terminal.confusion_matrix([[1, 0], [2, 3]], ["a" * 20, "b"], plain),
    ]
    assert all(line.plain.isascii() for line in lines)
    assert terminal.sparkline([1.0, 2.0], plain) == ""


def test_bars_keep_to_their_width():
    lines = terminal.bars([0.0, 0.5, 1.0, 1.7, -1.0], list("abcde"), console(), width=10, best=2)
    drawn = [line.plain[3:13] for line in lines]
    assert drawn == [" " * 10, "█████     ", "█" * 10, "█" * 10, " " * 10]


def test_the_most_frequent_mistakes_are_red_and_rare_ones_yellow():
    lines = terminal.confusion_matrix([[5, 9, 1], [0, 5, 0], [0, 0, 5]], ["a", "b", "c"], console())
    styles = [str(span.style).split()[-1] for span in lines[2].spans[-3:]]
    assert styles == ["green", "red", "yellow"]


def test_a_sparkline_of_many_values_has_the_first_and_the_last():
    drawn = terminal.sparkline([float(n) for n in range(1000)], console(), width=20)
    assert len(drawn) == 20 and drawn[0] == "▁" and drawn[-1] == "█"
    assert terminal.sparkline([1.0, 1.0], console()) == "▁▁"
    assert terminal.sparkline([1.0], console()) == ""
