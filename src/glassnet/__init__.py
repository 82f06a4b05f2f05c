"""glassnet: neural networks you can see through.

An engine that trains small and medium networks fast on a CPU, with Keras's names, and a name for every number it computes.

>>> import glassnet
>>> model = glassnet.Sequential([glassnet.layers.Input((784,)), glassnet.layers.Dense(10)])
>>> model.count_params()
7850
"""

import importlib

__version__ = "0.1.0"

_MODULES = (
    "activations", "callbacks", "config", "datasets", "initializers", "layers", "losses", "metrics", "models", "ops",
    "optimizers", "perceptron", "preprocessing", "random", "regularizers", "saving", "schedules", "studio", "utils",
)  # fmt: skip
_NAMES = {
    "Input": "layers",
    "Model": "models",
    "Perceptron": "perceptron",
    "Sequential": "models",
    "Variable": "engine.variable",
    "check_gradients": "gradient_check",
    "load_model": "models",
}

__all__ = [*_MODULES, *_NAMES]


def __getattr__(name):
    # Loaded at first use: `glassnet --help` and the data sets do not need the compiler.
    if name in _MODULES:
        return importlib.import_module(f"glassnet.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"glassnet.{_NAMES[name]}"), name)
    raise AttributeError(f"glassnet has no {name!r}. It has: {', '.join(sorted(__all__))}.")


def __dir__():
    return sorted(__all__)
