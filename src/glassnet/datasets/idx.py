"""Reads the IDX format in which MNIST and Fashion-MNIST are published.

An IDX file is a header of big-endian numbers and then the values, row by row. The header has two zero bytes, a byte for
the type (8 for unsigned bytes), a byte for the number of axes and four bytes for the length of each axis.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", section "File formats".
"""

import hashlib
import math
import struct
import zlib
from pathlib import Path

import numpy as np

UNSIGNED_BYTE = 8
GZIP = 31  # zlib's number for "a gzip header and trailer around the stream"
LARGEST = 2**31  # bytes; a header that asks for more is damaged


def read(path, sha256=None):
    """The array in a gzip-compressed IDX file of unsigned bytes.

    The compressed file is what gets hashed: that takes a fifth of the time of hashing its contents, and gzip's own
    check sum covers the way from there to the values.

    Arguments:
        path: The file.
        sha256: The SHA-256 that the file must have, in hexadecimal. None to leave that out.

    Returns:
        A writable `uint8` array.

    Raises:
        ValueError: The file is damaged, is not what `sha256` says, or is not IDX.
    """
    path = Path(path)
    data = path.read_bytes()
    if sha256 is not None and (found := hashlib.sha256(data).hexdigest()) != sha256:
        raise ValueError(f"{path} is damaged. Expected SHA-256 {sha256}. Received: {found}. Do replace the file.")
    try:
        return _parse(data)
    except (ValueError, zlib.error, struct.error) as error:
        raise ValueError(
            f"{path} is damaged or no IDX file: {error}. Expected gzip-compressed unsigned bytes. Do delete or replace the file."
        ) from error


def _parse(data):
    stream = zlib.decompressobj(GZIP)
    zeros, kind, axes = struct.unpack(">HBB", stream.decompress(data, 4))
    if zeros != 0 or kind != UNSIGNED_BYTE or axes == 0:
        raise ValueError(f"its header says type {kind} and {axes} axes, after {zeros} in place of 0")
    shape = struct.unpack(f">{axes}I", stream.decompress(stream.unconsumed_tail, 4 * axes))
    size = math.prod(shape)
    if not 0 < size <= LARGEST:
        raise ValueError(f"its header asks for the shape {shape}")
    # One byte more than the header promises: enough to see that there is more, never as much as a hostile file has.
    values = stream.decompress(stream.unconsumed_tail, size + 1)
    if len(values) > size:
        raise ValueError(f"its header promises {size} values of shape {shape}, and there are more")
    if len(values) < size or not stream.eof:
        raise ValueError(f"its header promises {size} values of shape {shape}, and it ends too early")
    return np.frombuffer(values, np.uint8).reshape(shape).copy()


def read_digits(folder, sha256=None):
    """MNIST's four files, as Keras returns them.

    Arguments:
        folder: Where the four files are.
        sha256: SHA-256 by file name, or None.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all `uint8`: images (B, 28, 28), labels (B,).

    Raises:
        ValueError: A file is damaged, or images and labels do not belong together.
    """
    return _read_part(folder, "train", sha256), _read_part(folder, "t10k", sha256)


def _read_part(folder, part, sha256):
    names = [f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"]
    images, labels = (read(Path(folder) / name, sha256 and sha256[name]) for name in names)
    if images.ndim != 3 or images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
        raise ValueError(
            f"Expected images (B, 28, 28) and labels (B,) in {folder}. Received: {images.shape} and {labels.shape} in "
            f"{' and '.join(names)}. Do replace the files."
        )
    return images, labels
