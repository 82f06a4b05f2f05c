"""The pages of the studio, in the order of their tabs. The first one opens first."""

import importlib

NAMES = (
    "digits",
    "playground",
    "backpropagation",
    "neuron",
)


def page_class(name):
    """The class of a page, loaded when it is first asked for. Raises `KeyError` where there is no such page."""
    if name not in NAMES:
        raise KeyError(name)
    found = importlib.import_module(f"glassnet.studio.pages.{name}").Page
    found.name = name
    return found
