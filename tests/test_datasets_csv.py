"""Tables of one's own: reading, hostile files, and the arrays that come of them."""

import warnings

import numpy as np
import pytest

from glassnet.datasets import csv

HOUSES = "rooms,town,garden,price\n" + "".join(
    f"{1 + n % 5},{('Ulm', 'Bonn', 'Köln')[n % 3]},{'' if n % 4 == 0 else n * 10},{100 + 13.5 * n}\n" for n in range(40)
)


@pytest.fixture
def write(tmp_path):
    def write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_dialects(write, delimiter, end):
    lines = ["a,b,c", '1,"x, y",3', "", '4,"say ""hi""",']
    text = end.join(line.replace(",", delimiter) for line in lines)
    for mark in ("", "\ufeff"):
        table = csv.read(write(mark + text + end))
        assert len(table) == 2
        assert table.columns == {"a": ["1", "4"], "b": [f"x{delimiter} y", 'say "hi"'], "c": ["3", ""]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty file"),
        (" \n\n", "empty file"),
        ("\ufeff", "empty file"),
        ("a,b\n", "the line of names only"),
        ("1,2\n3,4\n", "Received: numbers, 1, 2.*Do add a line of names"),
        ("a,b\n1,2\n3\n", "Expected 2 cells in .*table.csv, line 3, .*Received: 1"),
        ("a,b\n1,2\n\n3,4,5\n", "line 4, .*Received: 3"),
        ('a,b\n"x\ny",2\n3\n', "line 4"),
        (",b\n1,2\n", "name for column 1"),
        ("a,a\n1,2\n", "'a' twice"),
        ("a, a\n1,2\n", "'a' twice"),
        (b"a,b\n1,M\xfcnchen\n", "UTF-8.*byte 0xfc at position 7"),
        ("a,b\n1,2\0\n", "a zero byte in line 2"),
        (b"\xff\xfea\0,\0b\0", "UTF-8"),
        ('a,b\n1,"2\n', "unexpected end of data"),
        ("a,b\n1," + "x" * 200_000 + "\n", "field larger than field limit.*line 2"),
        (",".join(f"c{n}" for n in range(10_001)) + "\n", "at most 10000 columns.*Received: 10001"),
    ],
)
def test_what_is_refused(write, content, said):
    with pytest.raises(ValueError, match=said):
        csv.read(write(content))


def test_too_large_or_absent(write, monkeypatch, tmp_path):
    monkeypatch.setattr(csv, "MAX_BYTES", 10)
    with pytest.raises(ValueError, match="at most 10 bytes.*with 12"):
        csv.read(write("a,b\n1,2\n3,4\n"))
    with pytest.raises(FileNotFoundError):
        csv.read(tmp_path / "absent.csv")


def test_formulas_and_code_stay_text(write, tmp_path):
    trap = tmp_path / "trap"
    attacks = [f"=cmd|' /C touch {trap}'!A0", "@SUM(1+1)", f"__import__('os').mkdir('{trap}')", "{{7*7}}", "+1+1"]
    text = "formula,y\n" + "".join(f'"{attack}",{n % 2}\n' for n, attack in enumerate(attacks * 4))
    path = write(text)
    assert csv.read(path)["formula"] == attacks * 4
    (x, _), _, preprocessing = csv.load_data(path, "y", test_split=0)
    assert preprocessing.columns[0]["categories"] == sorted(attacks) and x.shape == (20, 5)
    assert not trap.exists()


def test_load_data_regression(write):
    (x_train, y_train), (x_test, y_test), preprocessing = csv.load_data(write(HOUSES), "price")
    assert x_train.shape == (32, 6) and x_test.shape == (8, 6) and x_train.dtype == x_test.dtype == np.float32
    assert y_train.dtype == np.float32 and preprocessing.kind == "regression"
    names = ["rooms", "town=Bonn", "town=Köln", "town=Ulm", "garden", "garden is missing"]
    assert preprocessing.feature_names == names
    # Statistics are those of the training rows only.
    assert x_train[:, 0].mean() == pytest.approx(0, abs=1e-6) and x_train[:, 0].std() == pytest.approx(1, abs=1e-6)
    assert y_train.mean() == pytest.approx(0, abs=1e-6) and y_train.std() == pytest.approx(1, abs=1e-6)
    assert abs(y_test.mean()) > 1e-3 and abs(x_test[:, 4].mean()) > 1e-3
    # Together the parts are the table: no row is lost or in both.
    prices = preprocessing.inverse_target([*y_train, *y_test])
    assert sorted(prices) == pytest.approx([100 + 13.5 * n for n in range(40)], abs=1e-3)
    # Features and target of a row stay together.
    n = np.rint((prices - 100) / 13.5).astype(int)
    town = np.concatenate([x_train, x_test])[:, 1:4].argmax(axis=1)
    assert [("Bonn", "Köln", "Ulm")[t] for t in town] == [("Ulm", "Bonn", "Köln")[m % 3] for m in n]
    assert np.array_equal(np.concatenate([x_train, x_test])[:, 5] == 1, n % 4 == 0)


def test_load_data_is_seeded(write):
    path = write(HOUSES)
    first, again, other = (csv.load_data(path, "town", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first[0][0], again[0][0]) and first[2].get_config() == again[2].get_config()
    assert not np.array_equal(first[0][1], other[0][1])


def test_load_data_classes(write):
    path = write(HOUSES)
    (_, y), _, towns = csv.load_data(path, "town", test_split=0)
    assert (towns.kind, towns.class_names, y.dtype) == ("classification", ["Bonn", "Köln", "Ulm"], np.int64)
    (_, y), _, rooms = csv.load_data(path, "rooms", test_split=0)
    assert (rooms.kind, rooms.class_names) == ("classification", ["1", "2", "3", "4", "5"])
    (_, y), _, rooms = csv.load_data(path, "rooms", kind="regression", ignore="garden")
    assert rooms.kind == "regression" and y.dtype == np.float32 and "garden" not in rooms.feature_names


def test_a_class_of_the_test_rows_only_has_its_number(write):
    path = write("x,y\n" + "".join(f"{n},{'rare' if n == 0 else 'ab'[n % 2]}\n" for n in range(20)))
    for seed in range(20):
        (_, y_train), (_, y_test), preprocessing = csv.load_data(path, "y", test_split=0.5, seed=seed)
        assert preprocessing.class_names == ["a", "b", "rare"]
        assert 2 in y_train or 2 in y_test


def test_rows_without_target_are_left_out(write):
    path = write("x,y\n1,a\n2,\n3,b\n4,NA\n5,a\n")
    with pytest.warns(UserWarning, match="2 rows of .* have no 'y'"):
        (x, y), _, _ = csv.load_data(path, "y", test_split=0)
    assert len(x) == 3 and sorted(y) == [0, 0, 1]


@pytest.mark.parametrize(
    ("content", "target", "said"),
    [
        (HOUSES, "prize", "out of the columns rooms, town, garden, price. Received: 'prize'"),
        ("x,y\n1,a\n2,a\n3,a\n", "y", "at least two classes in the target 'y'. Received: 'a' in every row"),
        ("x,y\n1,\n2,\n3,a\n", "y", "at least two rows with a target 'y'"),
        ("x,e,y\n1,,a\n2,NA,b\n3,?,a\n", "y", r"none in the training rows of e. .*ignore=\['e'\]"),
        ("y\na\nb\n", "y", "a column to learn 'y' from"),
        ("x,y\n1,2.5\n2,inf\n3,4\n", "y", "finite number in column 'y', row 2. Received: 'inf'"),
        ("x,y\n1e999,a\n2,b\n3,a\n", "y", "finite number in column 'x', row 1"),
        ("x,y\n1e300,a\n-1e300,b\n3,a\n", "y", "squares can be summed up"),
        ("x,y\n" + "".join(f"{n},name {n}\n" for n in range(300)), "y", "at most 100 classes.*Received: 300"),
    ],
)
def test_load_data_refuses(write, content, target, said):
    with pytest.raises(ValueError, match=said):
        csv.load_data(write(content), target, test_split=0)


def test_useless_columns_are_told(write):
    text = "id,same,mostly,x,y\n" + "".join(f"K{n:03},7,{'12a' if n == 30 else n},{n % 7},{n % 2}\n" for n in range(150))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _, _, preprocessing = csv.load_data(write(text), "y", test_split=0)
    said = sorted(str(warning.message) for warning in caught)
    assert len(said) == 3 and preprocessing.feature_names == ["x"]
    assert "'id' is not read: it has 150 different texts" in said[0]
    assert "all but 1 cells are numbers: correct those, the first is '12a' in row 31" in said[1]
    assert "'same' is not read: it has the same value" in said[2]
    assert set(preprocessing.ignored) == {"id", "mostly", "same"}


def test_a_large_table_is_read_fast_enough(write):
    import time

    path = write("a,b,c,y\n" + "".join(f"{n},{n * 0.5},{'uvw'[n % 3]},{n % 2}\n" for n in range(20_000)))
    start = time.perf_counter()
    (x, _), _, _ = csv.load_data(path, "y", test_split=0.1)
    assert x.shape == (18_000, 5)
    assert time.perf_counter() - start < 5
