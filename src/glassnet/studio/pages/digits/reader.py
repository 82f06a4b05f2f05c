"""A copy of the page's network that is shown pictures while the network itself goes on learning."""

import contextlib
from dataclasses import dataclass

import numpy as np

from glassnet.inspect.ablation import ablate
from glassnet.inspect.connections import connections
from glassnet.inspect.neuron import neurons
from glassnet.inspect.probe import Probe
from glassnet.inspect.trace import Trace
from glassnet.inspect.twin import twin
from glassnet.inspect.watch import Watch


@dataclass(frozen=True)
class Reading:
    """What a network makes of a picture.

    Attributes:
        trace: `Trace` of it; with a loss where the right answer is known.
        answers: (C,) how sure it is of each class.
        before: The same with all neurons on; None where none is off.
    """

    trace: Trace
    answers: np.ndarray
    before: np.ndarray | None

    @property
    def best(self):
        """The number of its answer."""
        return int(self.answers.argmax())


def look(model):
    """Copies of all numbers of a model, as a `TrainingThread` takes them for a `Reader`."""
    return model.params.array.copy(), model.state.array.copy()


class Reader:
    """A network with weights of its own, which are those that `look` saw last.

    Arguments:
        model: The model to be like.
        material: `Material`.

    Attributes:
        model, material: The copy, and as given.
        units: `{layer: neurons}` of the layers with weights, in order.
        dense: Whether every one of them weighs one row of numbers, so that neurons and connections can be drawn.
        off: Neurons that are switched off, a list of `(layer, unit)`.
    """

    def __init__(self, model, material):
        self.model, self.material, self.off = twin(model), material, []
        self.model.compile(self.model.optimizer, model.loss, metrics=["accuracy"])
        self.units = neurons(self.model)
        self._probe, self._watches = Probe(self.model, 1), {}
        blank = self.model.trace(self.material.input(np.zeros((28, 28), np.uint8)))
        self.dense = connections(blank, None).layers == list(self.units)

    def update(self, seen):
        """Takes over what `look` saw."""
        self.model.params.array[:], self.model.state.array[:] = seen

    @contextlib.contextmanager
    def without(self):
        """Context in which the neurons that are off have no effect."""
        with contextlib.ExitStack() as stack:
            for neuron in self.off:
                stack.enter_context(ablate(self.model, neuron))
            yield self.model

    def read(self, grey, truth=None):
        """The `Reading` of a picture, uint8 (28, 28), whose right answer is `truth` or None. It is valid until the next."""
        x, y = self.material.input(grey), None if truth is None else self.labels(np.array([truth]))
        before = self._confidences(x) if self.off else None
        with self.without():
            return Reading(self._traced("one", (x.tobytes(), truth), x, y), self._confidences(x), before)

    def batch(self, start, examples=100):
        """The trace of some examples to learn from, with their labels. It is valid until the next."""
        chosen = np.arange(start, start + examples) % len(self.material.x)
        with self.without():
            return self._traced("many", chosen.tobytes(), self.material.x[chosen], self.labels(self.material.y[chosen]))

    def _traced(self, kind, examples, x, y):
        """A trace of the network as it is now; the same examples as before are traced in the same place."""
        before, watch = self._watches.get(kind, (None, None))
        if before != examples:
            watch = Watch(self.model, x, y)
            self._watches[kind] = examples, watch
        return watch.look()

    def measure(self, x, y):
        """Loss and accuracy on examples with class numbers as labels."""
        with self.without() as model:
            logs = model.evaluate(x, self.labels(y), batch_size=500, verbose=0, return_dict=True)
        return float(logs["loss"]), float(logs["accuracy"])

    def _confidences(self, x):
        return self._probe.confidences(self._probe(x))[0].astype(np.float32)

    def labels(self, numbers):
        """Class numbers as the loss wants them: as they are, or one output for each class."""
        if self.model.loss is None or "sparse" in type(self.model.loss).__name__.lower():
            return numbers
        return np.eye(len(self.material.names), dtype=self.model.dtype)[numbers]

    # -- for the pictures --------------------------------------------------------------------------------------------------

    def first_weights(self):
        """The weights into each neuron of the first layer as images (N, 28, 28); None where it does not see the whole picture."""
        first = next(iter(self.units))
        kernel = self.model.get_layer(first).weights[0].value
        return kernel.T.reshape(-1, 28, 28) if kernel.ndim == 2 and kernel.shape[0] == 784 else None

    def activations(self, trace, grey):
        """Those of the input, from 0 to 1, and of all layers with weights, one after the other; of the first example."""
        return np.concatenate([grey.ravel() / 255, *(trace[f"{layer}/a"][0].ravel() for layer in self.units)])
