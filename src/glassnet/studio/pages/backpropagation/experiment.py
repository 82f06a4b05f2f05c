"""The page's network under training, one example again and again, with every state kept so that it can be gone back to."""

import math
from dataclasses import dataclass

import numpy as np

from glassnet.inspect.names import split
from glassnet.inspect.snapshot import Snapshot, constant_rate, frozen
from glassnet.inspect.twin import twin
from glassnet.studio.pages.backpropagation.setup import LARGEST, OPTIMIZERS

STATES = 2000
"""The most states that are kept."""


@dataclass(frozen=True)
class State:
    """What the network was after something was done.

    Attributes:
        snapshot: `Snapshot` of the network and its optimizer; its loss is that of the example, after the step.
        done: `"begin"`, `"step"`, `"edit"` or `"rate"`.
        line: What was done, in Python.
    """

    snapshot: Snapshot
    done: str
    line: str

    @property
    def step(self):
        """Steps made up to here."""
        return self.snapshot.step


class Experiment:
    """A model, one example, and what has been done.

    Arguments:
        model: A compiled model.
        x, y: The example.
        setup: The `Setup` that the model was made from; None for a model from elsewhere.

    Attributes: those; `trace`, of the model as it is now; `states`, all that are kept; `place`, of the present one. Those after
    it are forgotten once something is done.
    """

    def __init__(self, model, x, y, setup=None):
        self.model, self.setup = model, setup
        self.x, self.y = np.array(x, np.float32), np.array(y)
        self._begin()

    @classmethod
    def from_setup(cls, setup):
        return cls(setup.model(), setup.x, setup.y, setup)

    @classmethod
    def on_copy_of(cls, model, x, y):
        """On a copy of somebody's model, which is left as it is."""
        copy = twin(model)
        copy.set_weights(model.get_weights())
        return cls(copy, x, y)

    def _begin(self):
        self.model.optimizer.build(self.model.params_variables)
        self.states, self.place = [], -1
        self._keep("begin", "")

    def _keep(self, done, line):
        self.trace = self.model.trace(self.x, self.y)
        model, step = self.model, int(self.model.optimizer.steps)
        vectors = {"params": model.params, "state": model.state, "slots": model.optimizer.slots}
        snapshot = Snapshot(
            step=step, epoch=step, epochs_trained=0, position=None, learning_rate=self.rate, loss=self.trace.loss, measured=dict,
            **{name: frozen(vector) for name, vector in vectors.items()},
        )  # fmt: skip
        del self.states[self.place + 1 :]
        self.states.append(State(snapshot, done, line))
        self.place += 1

    @property
    def state(self):
        """The present one."""
        return self.states[self.place]

    @property
    def rate(self):
        """The learning rate; None where it follows a schedule."""
        return constant_rate(self.model.optimizer)

    @property
    def full(self):
        """Whether no more states are kept, so that nothing more can be done."""
        return self.place + 1 >= STATES

    @property
    def finite(self):
        """Whether the loss is a number, so that a step can be made."""
        return math.isfinite(self.trace.loss)

    # -- what can be done ----------------------------------------------------------------------------------------

    def step(self):
        """Trains on the example once."""
        self.model.train_on_batch(self.x[None], self.y[None])
        self._keep("step", "model.train_on_batch(x[None], y[None])")

    def edit(self, reference, value):
        """Gives a weight, a bias, an input or a target another value. Raises `ValueError` where that cannot be.

        With another example, the states before are forgotten: their losses would be of another one.
        """
        name, index = split(reference)
        if not (isinstance(value, int | float) and math.isfinite(value) and abs(value) <= LARGEST):
            raise ValueError(f"Expected a number from {-LARGEST:g} to {LARGEST:g}. Received: {value!r}.")
        variable = {variable.path: variable for variable in self.model.trainable_variables}.get(name)
        numbers = {"input": self.x, "target": self.y}.get(name)
        if variable is not None:
            numbers = variable.numpy().copy()
        elif numbers is not None:
            index = index[1:] if numbers.ndim else ()
        if numbers is None or len(index) != numbers.ndim or any(not 0 <= i < n for i, n in zip(index, numbers.shape)):  # noqa: B905
            raise ValueError(f"Expected a weight, a bias, an input or a target. Received: {reference!r}.")
        numbers[index] = value
        if variable is None:
            self._begin()
        else:
            variable.assign(numbers)
            layer, _, part = name.rpartition("/")
            place = ", ".join(map(str, index))
            self._keep("edit", f'model.get_layer("{layer}").{part}.value[{place}] = {float(value)!r}')

    def go_on_from(self, weights):
        """Begins with these weights."""
        self.model.set_weights(weights)
        self._begin()

    def begin_at(self, snapshot):
        """Begins where a `Snapshot` of the same network and optimizer stood."""
        snapshot.put(self.model)
        self._begin()

    def set_rate(self, rate):
        """Gives the optimizer another learning rate."""
        self.model.optimizer.learning_rate = rate
        self._keep("rate", f"model.optimizer.learning_rate = {rate!r}")

    def go_back(self, place):
        """Goes to a kept state, which may be a later one while nothing was done since."""
        self.place = place
        self.state.snapshot.put(self.model)
        self.trace = self.model.trace(self.x, self.y)

    # -- the same without the studio -----------------------------------------------------------------------------

    def script(self):
        """A Python script that does all of it again and has the same weights to the bit."""
        setup, first = self.setup, self.states[0].snapshot
        name, arguments = OPTIMIZERS[setup.optimizer]
        settings = ", ".join([repr(first.learning_rate), *(f"{key}={value!r}" for key, value in arguments.items())])
        dense = [
            f'    layers.Dense({units}, activation="{activation}", name="{layer}"),'
            for (units, activation), layer in zip(setup.layers, setup.names(), strict=True)
        ]
        weights = [f"    np.array({_digits(array)}, np.float32)," for array in first.params.values()]
        lines = [
            "import numpy as np", "from glassnet import Sequential, layers, optimizers", "",
            f"x, y = np.array({_digits(self.x)}, np.float32), np.array({self.y.tolist()!r})", "",
            "model = Sequential([", f"    layers.Input(({len(self.x)},)),", *dense, "])",
            "model.set_weights([", *weights, "])",
            f'model.compile(optimizers.{name}({settings}), "{setup.loss}")', *_counted(self.states[1 : self.place + 1]), "",
            "t = model.trace(x, y)", "print(t.loss)", "for step in t.steps():", "    print(step)",
        ]  # fmt: skip
        return "\n".join(lines) + "\n"


def _counted(states):
    """The lines of states, with a loop for those that are repeated."""
    lines, place = [], 0
    while place < len(states):
        line, many = states[place].line, 1
        while place + many < len(states) and states[place + many].line == line:
            many += 1
        lines += [line] if many == 1 else [f"for _ in range({many}):", f"    {line}"]
        place += many
    return lines


def _digits(array):
    """An array as nested lists with just so many digits that they give its numbers again."""
    lines = np.array2string(array, separator=", ", threshold=array.size + 1, formatter={"float_kind": str})
    return " ".join(lines.split())
