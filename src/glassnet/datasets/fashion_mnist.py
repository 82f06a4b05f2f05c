"""Fashion-MNIST: 70,000 pictures of clothes in MNIST's format, downloaded once.

Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
Algorithms", arXiv:1708.07747, 2017; MIT licence.
"""

import hashlib
import http.client
import os
import sys
import tempfile
import urllib.request
from pathlib import Path

from glassnet.datasets import idx

CLASS_NAMES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip

# Where the Debian package dataset-fashion-mnist puts the files.
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")

# The authors' own repository, and the MD5 sums that its README gives.
ADDRESS = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"
MD5 = {
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
}
LARGEST = 64 * 2**20  # bytes; the largest of the files has 26 MB
TIMEOUT = 30  # seconds without an answer


def load_data():
    """The pictures, as Keras's `fashion_mnist.load_data()` returns them.

    Read from Debian's package `dataset-fashion-mnist` where that is installed, else from `cache_folder()`, which is
    filled from the authors' repository (31 MB) the first time. `CLASS_NAMES` says what the labels stand for.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all `uint8`: images (60000, 28, 28) and (10000, 28, 28), labels (60000,)
        and (10000,) from 0 to 9.

    Raises:
        ConnectionError: The files are not here and cannot be downloaded.
        ValueError: A file is damaged, or what was downloaded is not what its authors published.

    >>> (x_train, y_train), _ = load_data()                                             # doctest: +SKIP
    >>> x_train.shape, CLASS_NAMES[y_train[0]]                                          # doctest: +SKIP
    ((60000, 28, 28), 'Ankle boot')
    """
    if all((DEBIAN_FOLDER / name).is_file() for name in MD5):
        return idx.read_digits(DEBIAN_FOLDER)
    folder = cache_folder() / "fashion-mnist"
    for name, md5 in MD5.items():
        if not (folder / name).is_file():
            _download(ADDRESS + name, folder / name, md5)
    return idx.read_digits(folder)


def cache_folder():
    """Where downloads are kept: `GLASSNET_CACHE` if that is set, else `glassnet` in the platform's cache folder."""
    if os.environ.get("GLASSNET_CACHE"):
        return Path(os.environ["GLASSNET_CACHE"])
    if sys.platform == "win32":
        parent = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        parent = Path.home() / "Library" / "Caches"
    else:
        parent = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(parent) / "glassnet"


def _download(address, path, md5):
    """Fetches `address` into `path`, which appears whole and with the right MD5 or not at all."""
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:
            data = answer.read(LARGEST)
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionError(
            f"Expected to download {address}. Received: {error}. Do connect to the internet once, or put the files "
            f"{', '.join(MD5)} into {path.parent}, or (on Debian) install the package dataset-fashion-mnist."
        ) from error
    found = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if found != md5:
        raise ValueError(
            f"Expected {address} to have the MD5 {md5} that its authors give. Received: {len(data)} bytes with MD5 "
            f"{found}; nothing was kept. Do try again, from another network if need be."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside its place and then renamed, so that a process that is stopped half-way leaves no half file there.
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        file.write(data)
    os.replace(file.name, path)
