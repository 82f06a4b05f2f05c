"""All words of the studio, in English and Chinese: one table, in a TOML file for the frame and one for each page.

An entry is a table with a text for each language; its key is its path behind the name of the file. `digits.toml`:

    [pad]
    en = "Draw a digit"
    zh = "画一个数字"
    [pad.help]
    en = "Draw with the mouse or a finger; it is centred and scaled as the digits of MNIST were."
    zh = "用鼠标或手指书写；会像 MNIST 那样居中并缩放。"

gives the keys `digits.pad` and `digits.pad.help`. `{names}` in braces are filled in. A file is read when the first page asks.
"""

import functools
import tomllib
from pathlib import Path

LANGUAGES = {"en": "English", "zh": "简体中文"}
FOLDER = Path(__file__).parent


@functools.cache
def table():
    """`{key: {language: text}}` of all files."""
    found = {}
    for file in sorted(FOLDER.glob("*.toml")):
        with file.open("rb") as stream:
            found |= _entries(tomllib.load(stream), file.stem)
    return found


def _entries(tree, path):
    entries = {}
    texts = {name: part for name, part in tree.items() if isinstance(part, str)}
    if texts:
        entries[path] = texts
    for name, part in tree.items():
        if isinstance(part, dict):
            entries |= _entries(part, f"{path}.{name}")
    return entries


def text(language, key, **values):
    """The text of a key in a language, with `values` put into its braces. Raises `KeyError` for a key that there is not.

    >>> text("en", "frame.theme")
    'Theme'
    """
    words = table()[key][language]
    return words.format(**values) if values else words


def preferred(header):
    """The language of a browser, from its `Accept-Language` header: the first one in it that the studio has.

    >>> preferred("fr;q=0.9, zh-CN, en;q=0.5"), preferred("")
    ('zh', 'en')
    """
    wishes = []
    for wish in (header or "").split(","):
        tag, _, weight = wish.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), len(wishes), tag[:2].lower()))
        except ValueError:
            continue
    return next((tag for _, _, tag in sorted(wishes) if tag in LANGUAGES), "en")
