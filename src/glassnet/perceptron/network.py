"""Layers of perceptrons with weights set by hand: what one perceptron cannot compute."""

import numpy as np

from glassnet.layers import Dense
from glassnet.perceptron.neuron import Perceptron
from glassnet.perceptron.run import plan_step, run_once
from glassnet.registry import Configurable


class PerceptronNetwork(Configurable):
    """Layers of perceptrons with weights set by hand: each layer's outputs are the next one's inputs.

    Two layers compute what one perceptron cannot, such as XOR. Rosenblatt's rule does not train them: it says nothing
    of the layers before the last, whose right outputs nobody knows (Minsky and Papert 1969). For that the step has to
    be smooth: `layers.Dense(..., activation="sigmoid")`.

    Arguments:
        layers: A list of lists of `Perceptron`. Each has as many weights as the layer before has perceptrons.

    Source: McCulloch and Pitts (1943).

    >>> nand, either = Perceptron([-2, -2], bias=3), Perceptron([2, 2], bias=-1)
    >>> both = Perceptron([1, 1], threshold=1)
    >>> xor = PerceptronNetwork([[nand, either], [both]])
    >>> xor([[0, 0], [0, 1], [1, 0], [1, 1]]).tolist()
    [[0], [1], [1], [0]]
    """

    def __init__(self, layers):
        self.layers = [[p if isinstance(p, Perceptron) else Perceptron.from_config(p) for p in layer] for layer in layers]
        if not self.layers or not all(self.layers):
            raise ValueError("Expected at least one layer, and at least one perceptron in each. Received: an empty one.")
        if any(p.weights is None for layer in self.layers for p in layer):
            raise ValueError("Expected perceptrons with weights. Received: one without. Write Perceptron(weights=[...]).")
        self.inputs, self.dtype = len(self.layers[0][0].weights), self.layers[0][0].neuron.dtype
        inputs = self.inputs
        for number, layer in enumerate(self.layers, 1):
            if any(len(p.weights) != inputs for p in layer):
                raise ValueError(
                    f"Expected {inputs} weights for each perceptron of layer {number}. "
                    f"Received: {[len(p.weights) for p in layer]}."
                )
            inputs = len(layer)

    def plan(self, graph, x):
        """Adds the network to a graph. Returns the tensors of the layers' outputs."""
        outputs = [x]
        for number, layer in enumerate(self.layers, 1):
            dense = Dense(len(layer), dtype=self.dtype, name=f"layer_{number}")
            dense.build((None, *outputs[-1].shape))
            dense.set_weights([np.stack([p.weights for p in layer], axis=1), np.array([p.bias for p in layer])])
            outputs.append(plan_step(graph, dense.plan(graph, outputs[-1]), f"{dense.name}/fires"))
        return outputs[1:]

    def activations(self, x):
        """What every layer says: integers 0 or 1, a list of (N, O) for x (N, I), of (O,) for one x (I,)."""
        return [a.astype(np.int64) for a in run_once(self.plan, x, self.inputs, self.dtype)]

    def predict(self, x):
        """What the last layer says: integers 0 or 1, (N, O) for x (N, I), (O,) for one x. `network(x)` is the same."""
        return self.activations(x)[-1]

    __call__ = predict

    def get_config(self):
        """The perceptrons of all layers as plain data."""
        return {"layers": [[perceptron.get_config() for perceptron in layer] for layer in self.layers]}
