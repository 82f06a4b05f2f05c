"""A network by itself, without labels: run forward on any inputs, and differentiated from any of its outputs."""

import numpy as np

from glassnet import activations, losses
from glassnet.engine.graph import Graph
from glassnet.engine.program import Program
from glassnet.inspect.example import Inputs, output_number
from glassnet.layers.structure import flatten

SQUASHING = ("softmax", "softmax_along", "log_softmax", "sigmoid", "hard_sigmoid", "tanh", "softsign")
"""Activations that leave the largest output the largest, and a sum above 0 above the middle: the answer is that of their z."""

PROBABILITIES = ("softmax", "softmax_along", "sigmoid", "hard_sigmoid", "step")


class Probe:
    """The operations of a model's way forward with memory of their own; weights are the model's, as they are now.

    Arguments:
        model: A built model.
        batch_size: Most examples at once.
        logits: Whether to leave out a last activation that does not change the answer, but makes its slope vanish.
        output: Name of the output that is asked, of a model that has several.

    Attributes: `program`, `graph`, `input` (tensor, or structure of them), `inputs` (`Inputs`: of several, all numbers in a
    row), `rows` (shaped like an example: where a number chooses one of a table's rows, how many there are; else 0), `output`
    (tensor), `loss` (of the output, or None), `ending` (name of the operation that makes it).

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
    >>> model.set_weights([[[2.0], [3.0]], [1.0]])
    >>> probe = Probe(model, 1)
    >>> probe([[1.0, 1.0]]), probe.gradient([[1.0]])
    (array([[6.]], dtype=float32), array([[2., 3.]], dtype=float32))
    """

    def __init__(self, model, batch_size, logits=False, output=None):
        self.model, self.graph = model, Graph()
        number = output_number(model, output) if model.built else 0
        self.input, outputs = model.plan(self.graph)
        self.output, self.loss, self.inputs = flatten(outputs)[number], model._losses[number:][0], Inputs(model)
        # Penalties belong to the loss.
        self.graph.nodes = [node for node in self.graph.nodes if node.phase == "forward"]
        last = next((node for node in self.graph.nodes if node.writes == self.output.name), None)
        self.ending = last.operation.name if last else ""
        if logits and self.ending in SQUASHING:
            self.graph.nodes.remove(last)
            self.output = last.inputs[0]
        self._fed = flatten(self.input)
        limits = [tensor.limit or 0 for tensor in self._fed]
        self.rows = self.inputs.spread(limits if len(limits) > 1 else limits[0], "limits")
        given, wanted = (self.output.name,), tuple(tensor.name for tensor in self._fed)
        self.program = Program(
            self.graph, model.params, model.state, batch_size, model.dtype, input_gradients=wanted, output_gradients=given
        )
        self._examples = 0

    def __call__(self, x):
        """The outputs (B, ...) for x (B, *inputs.shape): a view, valid until the next call."""
        self._examples = len(x)
        for tensor, part in zip(self._fed, self.inputs.parts(x), strict=True):
            self.program.value(tensor)[: len(x)] = part
        self.program.once(self.program.prediction, len(x))
        return self.program.value(self.output)[: len(x)]

    def gradient(self, seeds):
        """The derivative of sum(seeds * outputs) by the inputs of the last call (B, ...): valid until the next."""
        self.program.gradient_of(self.output)[: self._examples] = seeds
        self.program.once(self.program.gradient, self._examples)
        found = tuple(self.program.gradient_of(tensor)[: self._examples] for tensor in self._fed)
        return self.inputs.joined(found if len(found) > 1 else found[0])

    def batches(self, x):
        """Runs all examples of x, a batch at a time; yields after each where it lies in x, a slice."""
        for start in range(0, len(x), self.program.batch_size):
            part = slice(start, min(start + self.program.batch_size, len(x)))
            self(x[part])
            yield part

    def need_numbers(self):
        """Raises `ValueError` where no input can change a little, because all choose rows of tables."""
        if (self.rows > 0).all():
            raise ValueError(
                f"Expected a model with an input that can change a little. The inputs of '{self.model.name}' choose rows of a "
                "table (Embedding), which has no slope. Ask a part of it: Model(embedding.output, model.output)."
            )

    # -- answers ---------------------------------------------------------------------------------------------------------

    @property
    def classes(self):
        """How many answers the network tells apart; a single output says yes or no. Raises `ValueError` where it answers
        with a number."""
        units = self.output.shape[-1] if len(self.output.shape) == 1 else 0
        decides = self.ending in SQUASHING or self.ending == "step" or self._is_decision()
        if units == 0 or (units == 1 and not decides):
            raise ValueError(
                f"Expected a network that answers with a class: several outputs in a row, or one with a sigmoid. Received: "
                f"'{self.model.name}' with outputs of shape {self.output.shape}, the last operation being "
                f"'{self.ending or 'none'}'."
            )
        return max(units, 2)

    def _is_decision(self):
        return getattr(self.loss, "from_logits", False) or isinstance(self.loss, losses.Hinge | losses.SquaredHinge)

    def answers(self, outputs):
        """The class of each row of outputs (B, O) of a probe: the largest output, or for a single one 1 above the middle."""
        if outputs.shape[-1] > 1:
            return outputs.argmax(axis=-1)
        middle = 0.5 if self.output_is_probability else 0.0
        return (outputs[:, 0] > middle).astype(int)

    @property
    def output_is_probability(self):
        """Whether the output tensor holds the probabilities themselves."""
        written = [node.operation.name for node in self.graph.nodes if node.writes == self.output.name]
        return bool(written) and written[0] in PROBABILITIES and not getattr(self.loss, "from_logits", False)

    def confidences(self, outputs):
        """How sure the network is of each class, (B, C), from outputs (B, O). Raises `ValueError` where it does not say."""
        if not self.output_is_probability:
            if not getattr(self.loss, "from_logits", False):
                raise ValueError(
                    "Expected a network whose outputs say how sure it is: a last activation of softmax or sigmoid, or a loss "
                    f"with from_logits=True. Received: '{self.model.name}', which ends in '{self.ending or 'none'}'."
                )
            outputs = activations.get("softmax" if outputs.shape[-1] > 1 else "sigmoid")(outputs)
        return np.concatenate([1 - outputs, outputs], axis=1) if outputs.shape[-1] == 1 else np.array(outputs)
