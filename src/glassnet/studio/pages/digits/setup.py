"""What can be set of the page's network and of its training."""

import re
from dataclasses import dataclass

from glassnet import initializers, layers, optimizers
from glassnet.models import Sequential
from glassnet.studio.address import read_choice, read_number, read_query, written

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu")
OPTIMIZERS = {
    "sgd": (optimizers.SGD, 0.1),
    "adagrad": (optimizers.Adagrad, 0.02),
    "rmsprop": (optimizers.RMSprop, 0.001),
    "adam": (optimizers.Adam, 0.002),
    "adamw": (optimizers.AdamW, 0.001),
    "nadam": (optimizers.Nadam, 0.001),
    "lion": (optimizers.Lion, 0.0003),
}
"""By name: the class, and a learning rate that suits it here."""
BATCH_SIZES = (8, 16, 32, 64, 128, 256, 512)
MOST_LAYERS, MOST_UNITS = 4, 512


@dataclass(frozen=True)
class Setup:
    """The settings of a network that reads digits.

    Arguments:
        hidden: Neurons of each hidden layer.
        activation: Of these.
        optimizer: Name.
        learning_rate: Above 0, at most 10.
        batch_size: Digits a step.
        seed: Of the starting weights and of the order of the digits.

    >>> setup, problems = Setup.from_query({"hidden": "30", "batch_size": "-1", "seed": "two"})
    >>> setup.network, problems
    ('784-30-10', [('batch_size', '-1', '1'), ('seed', 'two', '1')])
    """

    hidden: tuple = (16, 16)
    activation: str = "relu"
    optimizer: str = "adam"
    learning_rate: float = 0.002
    batch_size: int = 64
    seed: int = 1

    @classmethod
    def from_query(cls, query):
        """`(Setup, problems)` of what an address says; see `address.read_query`."""
        found, problems = read_query(query, READERS, vars(cls()), _write)
        return cls(**found), problems

    def to_query(self):
        """What differs from the default, as texts for an address."""
        usual = vars(Setup())
        return {name: _write(name, value) for name, value in vars(self).items() if value != usual[name]}

    @property
    def network(self):
        """Its sizes, such as "784-16-16-10"."""
        return "-".join(map(str, (784, *self.hidden, 10)))

    def build(self):
        """The network with its starting weights, compiled. Its seeds are its own, whatever else draws random numbers."""
        stack = [layers.Input((28, 28)), layers.Rescaling(1 / 255, name="rescaling"), layers.Flatten(name="flatten")]
        for number, units in enumerate(self.hidden, 1):
            stack.append(self._dense(units, self.activation, f"hidden_{number}", number))
        stack.append(self._dense(10, "softmax", "answer", 0))
        model = Sequential(stack, name="digits")
        model.seed = self.seed
        optimizer, _ = OPTIMIZERS[self.optimizer]
        model.compile(optimizer(self.learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    def _dense(self, units, activation, name, number):
        initializer = initializers.GlorotUniform(seed=1000 * self.seed + number)
        return layers.Dense(units, activation=activation, kernel_initializer=initializer, name=name)


def parse_hidden(text):
    """Sizes such as "16, 16" as a tuple; None where they are none that the page can have.

    >>> parse_hidden("128 64"), parse_hidden(""), parse_hidden("0")
    ((128, 64), (), None)
    """
    words = [word for word in re.split(r"[\s,;-]+", text.strip()) if word]
    if len(words) > MOST_LAYERS or not all(re.fullmatch(r"[0-9]{1,3}", word) for word in words):
        return None
    sizes = tuple(map(int, words))
    return sizes if all(1 <= size <= MOST_UNITS for size in sizes) else None


def _write(name, value):
    return ",".join(map(str, value)) or "none" if name == "hidden" else written(value)


def _read_hidden(text):
    sizes = () if text == "none" else parse_hidden(text)
    if sizes is None:
        raise ValueError(f"Expected sizes such as 16,16. Received: {text[:40]!r}.")
    return sizes, sizes


READERS = {
    "hidden": _read_hidden,
    "activation": read_choice(ACTIVATIONS),
    "optimizer": read_choice(OPTIMIZERS),
    "learning_rate": read_number(1e-6, 10.0),
    "batch_size": read_number(1, 1000, int),
    "seed": read_number(0, 999_999, int),
}
