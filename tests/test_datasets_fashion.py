"""Fashion-MNIST: from Debian's folder, from the cache, or downloaded, here from a server on this machine."""

import gzip
import hashlib
import http.server
import struct
import threading
from pathlib import Path

import numpy as np
import pytest

from glassnet.datasets import fashion_mnist


def small_files(folder, rows=3):
    """Four files in MNIST's format with `rows` images each."""
    folder.mkdir()
    for part in ("train", "t10k"):
        images = np.full((rows, 28, 28), 7, np.uint8)
        header = struct.pack(">HBBIII", 0, 8, 3, rows, 28, 28)
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(header + images.tobytes()))
        header = struct.pack(">HBBI", 0, 8, 1, rows)
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(header + bytes(range(rows))))
    return folder


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A server with small files in place of the authors'; yields their folder and the list of what was asked for."""
    folder = small_files(tmp_path / "published")
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, format, *arguments):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "not installed")
    monkeypatch.setattr(fashion_mnist, "ADDRESS", f"http://127.0.0.1:{server.server_port}/")
    md5 = {file.name: hashlib.md5(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    monkeypatch.setattr(fashion_mnist, "MD5", md5)
    yield folder, asked
    server.shutdown()
    thread.join()
    server.server_close()


def cached(tmp_path):
    folder = tmp_path / "cache" / "fashion-mnist"
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def test_download_once_then_cache(published, tmp_path):
    folder, asked = published
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    assert x_train.shape == (3, 28, 28) and (x_train == 7).all() and y_train.tolist() == [0, 1, 2]
    assert x_test.shape == (3, 28, 28) and y_test.dtype == np.uint8
    assert cached(tmp_path) == sorted(fashion_mnist.MD5) and len(asked) == 4
    fashion_mnist.load_data()
    assert len(asked) == 4


def test_what_its_authors_did_not_publish_is_not_kept(published, tmp_path):
    folder, _ = published
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(b"a page that asks for a password")
    with pytest.raises(ValueError, match=r"t10k-labels.*MD5.*Received: 31 bytes.*nothing was kept"):
        fashion_mnist.load_data()
    assert "t10k-labels-idx1-ubyte.gz" not in cached(tmp_path)
    assert all(name in fashion_mnist.MD5 for name in cached(tmp_path))  # no temporary file is left


def test_missing_on_the_server(published, tmp_path):
    folder, _ = published
    for file in folder.iterdir():
        file.unlink()
    with pytest.raises(ConnectionError, match="404.*Do connect"):
        fashion_mnist.load_data()
    assert cached(tmp_path) == []


def test_offline(tmp_path, monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), None) as server:
        closed = server.server_port  # a port that nobody listens on as soon as this block is left
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "not installed")
    monkeypatch.setattr(fashion_mnist, "ADDRESS", f"http://127.0.0.1:{closed}/")
    with pytest.raises(ConnectionError, match="dataset-fashion-mnist") as caught:
        fashion_mnist.load_data()
    assert str(tmp_path / "cache" / "fashion-mnist") in str(caught.value)


def test_debian_package_comes_first(published, tmp_path, monkeypatch):
    _, asked = published
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", small_files(tmp_path / "debian", rows=2))
    (x_train, _), _ = fashion_mnist.load_data()
    assert len(x_train) == 2 and asked == [] and cached(tmp_path) == []


def test_damaged_cache_is_told(published, tmp_path):
    fashion_mnist.load_data()
    path = tmp_path / "cache" / "fashion-mnist" / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match="train-images-idx3-ubyte.gz is damaged.*Do delete or replace"):
        fashion_mnist.load_data()


def test_cache_folder(monkeypatch):
    monkeypatch.delenv("GLASSNET_CACHE", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert fashion_mnist.cache_folder() == Path("/somewhere/glassnet")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert fashion_mnist.cache_folder() == Path.home() / ".cache" / "glassnet"
    monkeypatch.setenv("GLASSNET_CACHE", "/elsewhere")
    assert fashion_mnist.cache_folder() == Path("/elsewhere")


def test_address_is_encrypted_and_sums_are_md5():
    assert fashion_mnist.ADDRESS.startswith("https://") and fashion_mnist.ADDRESS.endswith("/")
    assert len(fashion_mnist.MD5) == 4 and all(len(bytes.fromhex(md5)) == 16 for md5 in fashion_mnist.MD5.values())
    assert len(fashion_mnist.CLASS_NAMES) == 10


@pytest.mark.skipif(not fashion_mnist.DEBIAN_FOLDER.exists(), reason="Debian's dataset-fashion-mnist is not installed")
def test_debian_files_are_the_authors():
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
    assert np.bincount(y_train).tolist() == [6000] * 10 and np.bincount(y_test).tolist() == [1000] * 10
    labels = hashlib.sha256(b"\0\0\x08\x01\0\0\x27\x10" + y_test.tobytes()).hexdigest()
    assert labels == "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
