"""Pictures: each one .py (what is shown) and one .js beside it (how), which work in the studio and in notebooks alike.

A picture draws itself from its traits alone and knows nothing of the page around it; see `widgets.picture`.
"""

import importlib

_NAMES = {"Backpropagation": "backpropagation"}


def __getattr__(name):
    if name in _NAMES:
        return getattr(importlib.import_module(f"glassnet.widgets.{_NAMES[name]}"), name)
    raise AttributeError(f"glassnet.widgets has no {name!r}. It has: {', '.join(sorted(_NAMES))}.")
