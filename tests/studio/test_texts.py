"""The table of texts: both languages, the same places to fill in, all keys of the pages and no other, no bare strings in them."""

import ast
import re
import string
from pathlib import Path

import pytest

from glassnet import studio
from glassnet.studio.pages import NAMES
from glassnet.studio.texts import LANGUAGES, preferred, table
from glassnet.widgets.backpropagation import words

FOLDER = Path(studio.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
SPEAKING = {"label", "button", "link", "tooltip", "notify", "html", "markdown", "checkbox", "switch", "tab", "item", "card"}
"""Functions whose first argument is read by people. A name such as "relu" or a sign is the same in both languages."""


def names_to_fill(words):
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


@pytest.mark.parametrize("key", sorted(table()))
def test_a_key_has_every_language_and_the_same_places(key):
    entry = table()[key]
    assert set(entry) == set(LANGUAGES)
    assert all(words.strip() for words in entry.values())
    assert len({frozenset(names_to_fill(words)) for words in entry.values()}) == 1, entry


def test_chinese_is_chinese():
    latin = re.compile(r"^[\x00-\x7f]*$")
    same = {key for key, entry in table().items() if latin.match(entry["zh"]) and entry["zh"] != entry["en"]}
    assert same <= {"frame.language"}


def test_every_page_has_a_title_and_help():
    assert {f"{name}.{part}" for name in NAMES for part in ("title", "about", "help")} <= set(table())


def written_out(node):
    """A text in the code as the pattern of what it may come to; "" for what is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(written_out(part) if isinstance(part, ast.Constant) else "(.+)" for part in node.values)
    return ""


def passes_on(node):
    """Whether a function is a component's own `t`, which only puts the name of its file before a key."""
    return isinstance(node, ast.FunctionDef | ast.Lambda) and node.args.kwarg is not None


def texts_of(tree):
    """The patterns of all texts in a file's code."""
    if passes_on(tree):
        return
    yield written_out(tree)
    for node in ast.iter_child_nodes(tree):
        yield from texts_of(node)


def test_every_text_is_used():
    files = [*FILES, *FOLDER.parent.joinpath("inspect", "doctor").rglob("*.py")]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    written = {pattern for tree in trees for pattern in texts_of(tree) if len(pattern) < 80}
    patterns = [re.compile(pattern) for pattern in written if "(.+)" in pattern and pattern.strip("(.+)")]

    def known(words):
        """Whether some code says these words, or puts them together of parts that some code says."""
        if re.escape(words) in written:
            return True
        return any(found and all(map(known, found.groups())) for found in (p.fullmatch(words) for p in patterns))

    def used(key):
        base = key.removesuffix(".help")  # a control's help is asked for with its name
        return any(known(form) for whole in (key, base) for form in (whole, whole.partition(".")[2]))

    assert [key for key in sorted(table()) if not used(key)] == []


def test_every_label_of_a_picture_is_used():
    files = FOLDER.parent.joinpath("widgets").glob("backpropagation*")
    code = "".join(file.read_text(encoding="utf-8") for file in files if file.suffix in (".py", ".js"))
    assert [label for label in words()["labels"] if not re.search(rf"\b{label}\b", code)] == []


def literals(file):
    """The literal keys in calls of `t`, and the calls of elements with a text that is written in the code."""
    keys, bare = [], []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0]
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            continue
        if name == "t":
            keys.append((first.value, node.lineno))
        of_ui = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in ("ui", "controls")
        if of_ui and name in SPEAKING and re.search(r"[A-Za-z一-鿿]{2}", first.value):
            bare.append((first.value, node.lineno))
    return keys, bare


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FOLDER)))
def test_a_page_has_only_words_of_the_table(file):
    keys, bare = literals(file)
    known = {*table(), *(key.partition(".")[2] for key in table())}  # a component may have a `t` of its own for its file
    unknown = [(key, line) for key, line in keys if key not in known]
    assert not unknown, f"{file.name} asks for texts that there are not: {unknown}"
    assert [words for words in bare if words[0] != "glassnet"] == [], f"{file.name} has words that are not in the table: {bare}"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US", "en"),
        ("de, fr", "en"),
        ("en;q=0.3, zh-TW;q=0.8", "zh"),
        (";;q=x,", "en"),
        (None, "en"),
    ],
)
def test_the_language_is_the_browsers(header, language):
    assert preferred(header) == language
