"""The ends of a network: each output with the loss that judges it, and the layers that make it."""

import numpy as np

from glassnet.engine.graph import Graph
from glassnet.layers.structure import flatten

ACTIVATION_LAYERS = ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax")
"""Classes of layers that are an activation and nothing else."""


class Output:
    """One output of a network.

    Arguments:
        model: A compiled model.
        number: Which of its outputs it is.
        node: The operation that computes it, or None.
        shape: Of one example.

    Attributes: `name` (None for the only output), `number`, `loss`, `factor` (by which the loss counts), `shape`, `units`;
    `operation` and `layer` (of the operation that computes it); `weighted` (name of the layer with units that it ends in, or
    None), `activations` (names of the layers behind it that are activations and nothing else).
    """

    def __init__(self, model, number, node, shape):
        self.number, self.name = number, model.output_names[number] if len(model.output_names) > 1 else None
        self.loss, self.factor = model._losses[number], model.loss_weights[number] if model.loss_weights else 1.0
        self.operation, self.layer = (node.operation.name, node.layer) if node else ("", "")
        self.shape, self.units = tuple(shape), shape[-1]
        self.weighted, self.activations = None, []
        tensor = flatten(model.outputs)[number]
        while self.weighted is None and tensor.call is not None and len(tensor.call.inputs) == 1:
            layer, (tensor,) = tensor.call.layer, tensor.call.inputs
            if layer.sublayers:
                break
            self.weighted = layer.name if "units" in layer.get_config() else None
            self.activations += [layer.name] * (type(layer).__name__ in ACTIVATION_LAYERS)

    @property
    def sparse(self):
        """Whether the labels are numbers of classes, one for a row of outputs."""
        return tuple(self.loss.target_shape(self.shape)) != self.shape

    def constant_loss(self, target, dtype):
        """The loss of the best constant output: the classes' shares (ln C for C equally frequent ones), or the mean.

        Arguments:
            target: Targets (N, ...) as training reads them.
            dtype: Of the network.
        """
        if self.sparse:
            counted = target[(target >= 0) & (target < self.units)].astype(np.int64)
            constant = np.bincount(counted, minlength=self.units) / max(1, counted.size)
        else:
            constant = target.mean(axis=0, dtype=np.float64)
        if getattr(self.loss, "from_logits", False):
            inside = np.clip(constant, 1e-7, 1 - 1e-7)
            constant = np.log(inside) - (0 if self.units > 1 else np.log1p(-inside))
        outputs = np.broadcast_to(constant, (len(target), *self.shape)).astype(dtype)
        return float(self.loss(target, outputs))


def outputs_of(model):
    """The outputs that have a loss, a list of `Output`."""
    graph = Graph()
    tensors = flatten(model.plan(graph)[1])
    writers = {tensor.name: node for node in graph.nodes for tensor in node.outputs if tensor is not None}
    ends = [Output(model, number, writers.get(tensor.name), tensor.shape) for number, tensor in enumerate(tensors)]
    return [end for end in ends if end.loss is not None]
