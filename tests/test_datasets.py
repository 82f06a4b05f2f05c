"""The sets inside the package: MNIST and its format, parity, weather, the catalogue."""

import gzip
import hashlib
import shutil
import struct
import subprocess
import sys

import numpy as np
import pytest

from glassnet import datasets
from glassnet.datasets import idx, mnist, parity, split, weather


@pytest.fixture(scope="module")
def digits():
    return mnist.load_data()


def write_idx(path, array, header=None, tail=b""):
    """Writes an IDX file of bytes; `header` and `tail` spoil it."""
    header = header or struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes() + tail, compresslevel=1))
    return path


def test_mnist_is_whole(digits):
    (x_train, y_train), (x_test, y_test) = digits
    assert [a.shape for a in (x_train, y_train, x_test, y_test)] == [
        (60000, 28, 28),
        (60000,),
        (10000, 28, 28),
        (10000,),
    ]
    assert all(a.dtype == np.uint8 and a.flags.writeable for a in (x_train, y_train, x_test, y_test))
    # The published MD5 sums are those of the IDX files, header included.
    md5 = {
        "6bbc9ace898e44ae57da46a324031adb": (x_train, b"\0\0\x08\x03\0\0\xea\x60\0\0\0\x1c\0\0\0\x1c"),
        "a25bea736e30d166cdddb491f175f624": (y_train, b"\0\0\x08\x01\0\0\xea\x60"),
        "2646ac647ad5339dbf082846283269ea": (x_test, b"\0\0\x08\x03\0\0\x27\x10\0\0\0\x1c\0\0\0\x1c"),
        "27ae3e4e09519cfbb04c329615203637": (y_test, b"\0\0\x08\x01\0\0\x27\x10"),
    }
    for digest, (array, header) in md5.items():
        assert hashlib.md5(header + array.tobytes()).hexdigest() == digest
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_mnist_damaged_file_is_refused(tmp_path, monkeypatch):
    for file in mnist.FOLDER.iterdir():
        if not file.name.startswith("train-images"):
            shutil.copy(file, tmp_path)
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", np.zeros((60000, 2, 2), np.uint8))
    monkeypatch.setattr(mnist, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte.gz is damaged. Expected SHA-256 0b367032.*Received"):
        mnist.load_data()


def test_every_data_folder_has_licence_and_checksums():
    folders = sorted(mnist.FOLDER.parent.iterdir())
    assert [folder.name for folder in folders] == ["mnist", "weather"]
    for folder, licence in zip(folders, ("Attribution-ShareAlike 3.0 Unported", "CC0 1.0 Universal"), strict=True):
        assert licence in (folder / "LICENSE").read_text(encoding="utf-8")
        lines = (folder / "CHECKSUMS").read_text(encoding="utf-8").splitlines()
        sums = {name: digest for digest, name in (line.split() for line in lines if line[0] != "#")}
        data = {file.name for file in folder.iterdir()} - {"LICENSE", "CHECKSUMS"}
        assert sums == {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in data}


def test_idx_returns_what_was_written(tmp_path):
    array = np.random.default_rng(0).integers(0, 256, (3, 4, 5), np.uint8)
    path = write_idx(tmp_path / "a.gz", array)
    assert np.array_equal(idx.read(path), array)
    assert np.array_equal(idx.read(path, hashlib.sha256(path.read_bytes()).hexdigest()), array)


IMAGE = np.arange(16, dtype=np.uint8).reshape(4, 4)


@pytest.mark.parametrize(
    ("header", "tail", "said"),
    [
        (struct.pack(">HBBII", 0, 13, 2, 4, 4), b"", "type 13"),
        (struct.pack(">HBBII", 7, 8, 2, 4, 4), b"", "after 7 in place of 0"),
        (struct.pack(">HBB", 0, 8, 0), b"", "0 axes"),
        (struct.pack(">HBBII", 0, 8, 2, 4, 5), b"", "ends too early"),
        (struct.pack(">HBBII", 0, 8, 2, 4, 3), b"", "there are more"),
        (None, b"x", "there are more"),
        (struct.pack(">HBBII", 0, 8, 2, 2**31, 2**31), b"", "asks for the shape"),
        (struct.pack(">HBBII", 0, 8, 2, 0, 4), b"", "asks for the shape"),
        (struct.pack(">HBB", 0, 8, 200), b"", "unpack requires"),
    ],
)
def test_idx_refuses_a_wrong_header(tmp_path, header, tail, said):
    with pytest.raises(ValueError, match=said):
        idx.read(write_idx(tmp_path / "a.gz", IMAGE, header, tail))


def test_idx_refuses_damage(tmp_path):
    path = write_idx(tmp_path / "a.gz", np.random.default_rng(0).integers(0, 256, (50, 50), np.uint8))
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for damaged in (whole[:-1], whole[: len(whole) // 2], bytes(flipped), b"", b"\0\0\x08\x02", b"no gzip at all"):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="damaged or no IDX file"):
            idx.read(path)


def test_idx_reads_no_more_than_the_header_promises(tmp_path):
    """A file of 60 kB that unpacks to 60 MB does not get to do so."""
    import tracemalloc

    path = write_idx(tmp_path / "a.gz", IMAGE, tail=bytes(60_000_000))
    tracemalloc.start()
    with pytest.raises(ValueError, match="there are more"):
        idx.read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_digits_and_labels_must_belong_together(tmp_path):
    for part in ("train", "t10k"):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", np.zeros((5, 28, 28), np.uint8))
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", np.zeros(4, np.uint8))
    with pytest.raises(ValueError, match=r"Received: \(5, 28, 28\) and \(4,\)"):
        idx.read_digits(tmp_path)


def test_split_deals_out_every_row_once():
    for n, share, expected in ((10, 0.3, 3), (10, 0.0, 0), (3, 0.99, 2), (1, 0.9, 0), (501, 0.5, 250)):
        train, test = split.split_rows(n, share, np.random.default_rng(1))
        assert len(test) == expected
        assert sorted([*train, *test]) == list(range(n))
    for n, share in ((0, 0.5), (10, 1.0), (10, -0.1), (10, float("nan"))):
        with pytest.raises(ValueError, match="Expected"):
            split.split_rows(n, share, np.random.default_rng(1))


def test_parity_has_every_number_once():
    (x_train, y_train), (x_test, y_test) = parity.load_data()
    assert x_train.shape == (192, 8) and x_train.dtype == np.float32 and y_train.dtype == np.int64
    numbers = ["".join(str(int(bit)) for bit in row) for row in np.concatenate([x_train, x_test])]
    assert sorted(numbers) == [f"{n:08b}" for n in range(256)]
    assert [int(number, 2) % 2 for number in numbers] == [*y_train, *y_test]


def test_parity_arguments():
    first, again, other = (parity.load_data(bits=5, seed=seed)[0][0] for seed in (3, 3, 4))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    for bits in (0, 21, 2.5):
        with pytest.raises(ValueError, match="bits from 1 to 20"):
            parity.load_data(bits=bits)


@pytest.fixture(scope="module")
def weather_table():
    """What the table says of each row of features: (day, rainy)."""
    table = datasets.csv.read(weather.PATH)
    assert [float(mm) > 0 for mm in table["rain_mm"]] == [rainy == "1" for rainy in table["rainy"]]
    rows = zip(*(np.array(table[name], np.float32).tolist() for name in weather.FEATURES), strict=True)
    return dict(zip(rows, zip(table["date"], map(int, table["rainy"]), strict=True), strict=True))


def test_weather_matches_its_table(weather_table):
    (x_train, y_train), (x_test, y_test) = weather.load_data(weather.FEATURES, test_split=0.25, seed=5)
    rows = map(tuple, np.concatenate([x_train, x_test]).tolist())
    loaded = dict(zip(rows, [*y_train, *y_test], strict=True))
    assert len(loaded) == 1092 and loaded == {row: rainy for row, (_, rainy) in weather_table.items()}


def test_weather_keeps_days_together(weather_table):
    """No day of the test was learnt at a neighbouring airport."""
    (x_train, _), (x_test, _) = weather.load_data(weather.FEATURES)
    learnt, tested = ({weather_table[tuple(row)][0] for row in x.tolist()} for x in (x_train, x_test))
    assert (len(learnt), len(tested)) == (291, 73) and not learnt & tested


def test_two_features_say_almost_nothing_about_rain():
    """The numbers of the module's docstring, by a logistic unit of the test's own."""
    (x, y), _ = weather.load_data(test_split=0)
    assert round(float((y == 0).mean()), 3) == 0.676
    x = np.c_[(x - x.mean(0)) / x.std(0), np.ones(len(x))].astype(np.float64)
    w = np.zeros(3)
    for _ in range(20):  # Newton's method
        p = 1 / (1 + np.exp(-x @ w))
        w -= np.linalg.solve((x.T * (p * (1 - p))) @ x, x.T @ (p - y))
    assert ((x @ w > 0) == y).mean() == pytest.approx(0.685, abs=0.002)


@pytest.mark.parametrize("features", [("rain_mm",), (), "humidity_pct", ("temperature_c", "rainy")])
def test_weather_refuses_other_features(features):
    with pytest.raises(ValueError, match="temperature_c, pressure_hpa, humidity_pct, wind_mps"):
        weather.load_data(features=features)


@pytest.mark.parametrize("dataset", [d for d in datasets.catalogue() if d.name != "fashion_mnist"], ids=lambda d: d.name)
def test_catalogue_tells_the_truth(dataset):
    (x_train, y_train), (x_test, y_test) = datasets.find(dataset.name).load_data()
    assert x_train.shape[1:] == x_test.shape[1:] == dataset.inputs
    assert (len(x_train), len(x_test)) == (len(y_train), len(y_test)) == dataset.sizes
    classes = {"binary": {0, 1}, "10 classes": set(range(10))}.get(dataset.target)
    assert classes is None and y_train.dtype == np.float32 or set(y_train.tolist()) == classes


def test_unknown_dataset():
    with pytest.raises(ValueError, match="mnist, fashion_mnist, parity, weather, circle.*Received: 'imagenet'"):
        datasets.find("imagenet")
    with pytest.raises(AttributeError, match="imagenet"):
        datasets.imagenet  # noqa: B018
    assert {"mnist", "circle", "csv"} <= set(dir(datasets))


def test_importing_the_data_imports_no_engine():
    code = (
        "import sys; from glassnet.datasets import mnist, csv, circle, fashion_mnist; import glassnet.preprocessing; "
        "print(sorted({'numba', 'scipy', 'PIL', 'pandas', 'glassnet.engine'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
