"""What can be chosen for the network of the page, in a form that fits into an address."""

from dataclasses import dataclass, replace

import numpy as np

from glassnet import initializers, layers, optimizers
from glassnet.models import Sequential
from glassnet.studio.address import problem, read_choice, read_number, read_query, written

UNITS, LAYERS = 5, 4
"""The most inputs and neurons of a layer, and the most layers."""
LARGEST = 1000.0
"""The largest size of a number that can be typed in."""

ACTIVATIONS = ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "step", "softmax")
LOSSES = {
    "mean_squared_error": None,
    "sum_of_squares": None,
    "binary_crossentropy": "sigmoid",
    "categorical_crossentropy": "softmax",
}
"""Losses, and the activation that the last layer must have for them."""
OPTIMIZERS = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
}
"""Class and arguments, besides the learning rate."""


@dataclass(frozen=True)
class Setup:
    """A network, its example, and how it is trained.

    Arguments:
        layers: `((units, activation), ...)`.
        x, y: Inputs and target of the example.
        loss, optimizer: Names of `LOSSES` and `OPTIMIZERS`.
        rate: The learning rate.
        seed: Of the weights.
    """

    layers: tuple
    x: tuple
    y: tuple
    loss: str = "mean_squared_error"
    optimizer: str = "sgd"
    rate: float = 0.5
    seed: int = 1

    def changed(self, **changes):
        """Another setup, in which what does not fit a change is changed with it."""
        new = replace(self, **changes)
        need = LOSSES[new.loss]
        if "loss" not in changes and need is not None and new.layers[-1][1] != need:
            softmax = new.layers[-1][1] == "softmax"
            new = replace(new, loss="categorical_crossentropy" if softmax else "mean_squared_error")
        elif need is not None:
            new = replace(new, layers=(*new.layers[:-1], (new.layers[-1][0], need)))
        units, last = new.layers[-1]
        if last == "softmax" and units < 2:
            new = replace(new, layers=(*new.layers[:-1], (2, last)))
        new = replace(new, y=_fitted(new.y, new.layers[-1][0]))
        if new.loss == "categorical_crossentropy" and (
            min(new.y) < 0 or not any(new.y) or (new.loss != self.loss and new.target_class is None)
        ):
            new = replace(new, y=tuple(float(k == 0) for k in range(len(new.y))))
        elif new.loss == "binary_crossentropy":
            new = replace(new, y=tuple(min(max(number, 0.0), 1.0) for number in new.y))
        return new

    @property
    def target_class(self):
        """Which target is 1 where all others are 0, else None."""
        return self.y.index(1.0) if sorted(self.y) == [0.0] * (len(self.y) - 1) + [1.0] else None

    def with_inputs(self, count):
        """The same with another number of inputs."""
        return self.changed(x=_fitted(self.x, count))

    def names(self):
        """The names of the layers."""
        hidden = len(self.layers) - 1
        return [*(["hidden"] if hidden == 1 else [f"hidden_{k + 1}" for k in range(hidden)]), "output"]

    def model(self):
        """The network, compiled. Its weights are drawn by the seed, with one decimal, so that they can be checked by hand."""
        parts = [layers.Input((len(self.x),))]
        for number, ((units, activation), name) in enumerate(zip(self.layers, self.names(), strict=True)):
            seed = 100 * self.seed + 2 * number
            kernel, bias = (initializers.RandomUniform(-1.0, 1.0, seed=seed + k) for k in (0, 1))
            parts.append(layers.Dense(units, activation, kernel_initializer=kernel, bias_initializer=bias, name=name))
        model = Sequential(parts, name="network")
        model.set_weights([np.round(weights, 1) for weights in model.get_weights()])
        model.compile(self.make_optimizer(), self.loss)
        return model

    def make_optimizer(self):
        name, arguments = OPTIMIZERS[self.optimizer]
        return getattr(optimizers, name)(self.rate, **arguments)

    # -- addresses -----------------------------------------------------------------------------------------------

    def query(self):
        """As an address has it: `{name: text}`."""
        return {name: _write(name, value) for name, value in vars(self).items()}

    @classmethod
    def from_query(cls, query):
        """`(Setup, problems)` of what an address says; see `address.read_query`. Where it says nothing, the textbook's network.

        >>> setup, problems = Setup.from_query({"layers": "2.tanh-1.relu", "y": "1,0", "rate": "x"})
        >>> setup.layers, setup.y, setup.rate, problems
        (((2, 'tanh'), (1, 'relu')), (1.0,), 0.5, [('rate', 'x', '0.5'), ('y', '1,0', '1')])
        """
        usual = PRESETS["textbook"]
        found, problems = read_query(query, _READERS, vars(usual), _write)
        said = replace(usual, **found)
        setup = said.changed()
        told = {name for name, *_ in problems}
        for name in [name for name in found if name not in told and getattr(setup, name) != found[name]]:
            problems.append(problem(name, query[name], _write(name, getattr(setup, name))))
        return setup, problems


def _write(name, value):
    if name == "layers":
        return "-".join(f"{units}.{activation}" for units, activation in value)
    if name in ("x", "y"):  # which the network has in float32
        return ",".join(written(float(str(np.float32(number)))) for number in value)
    return written(value)


def _read_layers(text):
    taken, wanted = [], []
    for part in text.split("-")[: LAYERS + 1]:
        units, _, activation = part.partition(".")
        read_choice(ACTIVATIONS)(activation)
        for found, count in zip((taken, wanted), read_number(1, UNITS, int)(units), strict=True):
            found.append((count, activation))
    if any(activation == "softmax" for _, activation in taken[:LAYERS][:-1]):
        raise ValueError("Expected softmax in the last layer only. Received: it in another one.")
    return tuple(taken[:LAYERS]), tuple(wanted)


def _read_numbers(text):
    numbers = [read_number(-LARGEST, LARGEST)(part) for part in text.split(",")[: UNITS + 1]]
    return tuple(taken for taken, _ in numbers[:UNITS]), tuple(wanted for _, wanted in numbers)


_READERS = {
    "layers": _read_layers,
    "x": _read_numbers,
    "y": _read_numbers,
    "loss": read_choice(LOSSES),
    "optimizer": read_choice(OPTIMIZERS),
    "rate": read_number(0.0, LARGEST),
    "seed": read_number(0, 999_999, int),
}


def _fitted(numbers, count):
    return (*numbers[:count], *[0.0] * (count - len(numbers)))


PRESETS = {
    "textbook": Setup(((2, "sigmoid"), (1, "sigmoid")), (0.6, -0.4), (0.9,), "sum_of_squares"),
    "softmax": Setup(((3, "tanh"), (2, "softmax")), (0.5, -1.0), (1.0, 0.0), "categorical_crossentropy", seed=3),
    "chain": Setup(((1, "sigmoid"), (1, "sigmoid"), (1, "sigmoid")), (0.8,), (0.2,), seed=2),
    "four": Setup(((3, "softmax"),), (0.8, -0.3, 0.5, 0.1), (0.0, 1.0, 0.0), "categorical_crossentropy", seed=4),
}
"""Networks to begin with."""
