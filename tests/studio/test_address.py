"""Values of an address: written so that they come back to the bit, and read without trust."""

import pytest

from glassnet.studio.address import read_choice, read_flag, read_number, read_query, written


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-5, 5.0, -2.2250738585072014e-308, 12, 1e22])
def test_a_number_comes_back_to_the_bit(value):
    assert read_number(-1e30, 1e30, type(value))(written(value)) == (value, value)


@pytest.mark.parametrize(
    ("reader", "text", "taken"),
    [
        (read_number(-5.0, 5.0), "2.5", 2.5),
        (read_number(-5.0, 5.0), "99", 5.0),
        (read_number(-5.0, 5.0), "-1e400", 1.0),
        (read_number(-5.0, 5.0), "nan", 1.0),
        (read_number(-5.0, 5.0), "import os", 1.0),
        (read_number(-5.0, 5.0), "", 1.0),
        (read_number(0, 9, int), "1_0", 1.0),
        (read_number(0, 9, int), "2.5", 1.0),
        (read_number(0, 9, int), "9" * 25, 1.0),
        (read_choice(("a", "b")), "c", 1.0),
        (read_flag, "true", 1.0),
        (read_flag, "0", False),
    ],
)
def test_what_is_wrong_is_told(reader, text, taken):
    found, problems = read_query({"it": text, "other": "x"}, {"it": reader}, {"it": 1.0})
    assert found == {"it": taken}
    wrong = text not in ("2.5", "0") or taken == 1.0
    assert problems == ([("it", text[:40], written(taken))] if wrong else [])


def test_what_the_address_does_not_say_is_not_found():
    assert read_query({}, {"it": read_flag}, {"it": True}) == ({}, [])
