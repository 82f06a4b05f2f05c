"""Bytes as a short text for an address, and back: anybody may have written the text."""

import base64
import binascii
import zlib


def pack(data):
    """Bytes, compressed, in the letters, digits, "-" and "_" that an address holds as they are.

    >>> len(pack(bytes(1000))) < 30
    True
    """
    return base64.urlsafe_b64encode(zlib.compress(data, 9)).decode().rstrip("=")


def unpack(text, longest, most):
    """The bytes of a text that `pack` made.

    Arguments:
        text: The text.
        longest: How many characters it may have.
        most: How many bytes may be in it; of more, none is unpacked beyond these.

    Raises `ValueError` where it is longer, holds more, or was not made by `pack`.

    >>> unpack(pack(b"abc"), 100, 3)
    b'abc'
    """
    if len(text) > longest:
        raise ValueError(f"Expected at most {longest:,} characters. Received: {len(text):,}.")
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True), most + 1)
    except (binascii.Error, zlib.error, ValueError) as error:  # ValueError: a character outside ASCII
        raise ValueError(f"Expected a packed text. Received: {text[:40]!r}.") from error
    if len(data) > most:
        raise ValueError(f"Expected at most {most:,} bytes in the text. Received: more.")
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError(f"Expected a whole packed text. Received: one that ends too early or too late, {text[-40:]!r}.")
    return data
