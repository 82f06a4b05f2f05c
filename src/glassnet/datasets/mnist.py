"""MNIST: 70,000 handwritten digits, inside the package.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits"; CC BY-SA 3.0.
"""

from pathlib import Path

from glassnet.datasets import idx

FOLDER = Path(__file__).parent / "data" / "mnist"


def load_data():
    """The digits, as Keras's `mnist.load_data()` returns them. Nothing is downloaded.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all `uint8`: images (60000, 28, 28) and (10000, 28, 28) with values from
        0 (ground) to 255 (ink), labels (60000,) and (10000,) from 0 to 9.

    Raises:
        ValueError: A file of the package is damaged.

    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.shape, y_train.shape, x_test.shape, y_test.shape
    ((60000, 28, 28), (60000,), (10000, 28, 28), (10000,))
    >>> y_train[:5].tolist()
    [5, 0, 4, 1, 9]
    """
    lines = (FOLDER / "CHECKSUMS").read_text(encoding="utf-8").splitlines()
    sha256 = {name: digest for digest, name in (line.split() for line in lines if not line.startswith("#"))}
    return idx.read_digits(FOLDER, sha256)
