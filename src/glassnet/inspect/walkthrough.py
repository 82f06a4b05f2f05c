"""One example's way through a small dense network, cut into the pieces in which backpropagation is taught."""

from dataclasses import dataclass

from glassnet.inspect import formula
from glassnet.inspect.chain import REDUCTIONS
from glassnet.inspect.names import AFTER, DERIVATIVE, joined

UNITS, LAYERS = 8, 6
"""The most neurons of a layer (and inputs), and the most layers, that can still be read."""


@dataclass(frozen=True)
class Column:
    """A dense layer with its activation: a column of neurons.

    Attributes:
        layer: Its name.
        units: How many neurons.
        activation: The operation behind the weighted sums, such as `"tanh"`; `""` for none.
        x, z, a: Names of what comes in, of the weighted sums, and of what goes out (z where there is no activation).
        kernel, bias: Names of the parameters; bias `""` for none.
    """

    layer: str
    units: int
    activation: str
    x: str
    z: str
    a: str
    kernel: str
    bias: str


@dataclass(frozen=True)
class Stop:
    """What is computed at once when layer after layer is shown.

    Attributes:
        phase: `"forward"`, `"loss"`, `"backward"` or `"update"`.
        kind: `"weighted_sum"`, `"activation"`, `"loss"`, `"loss_gradient"`, `"activation_gradient"`,
            `"parameter_gradient"`, `"input_gradient"` or `"update"`.
        operation: Of the engine, such as `"tanh"`.
        layer: Name of the column that it belongs to, or `""`.
        parts: What is computed when neuron after neuron is shown: tuples of references such as `"dense_1/z[0, 2]"`.
        reads: For each part the references of what it is computed from.
    """

    phase: str
    kind: str
    operation: str
    layer: str
    parts: tuple
    reads: tuple


class Walkthrough:
    """The columns and stops of a trace of one example, in the order in which the engine computes.

    Argument: `trace`, a `Trace` with a label, of one example through dense layers and activations.

    Attributes: `trace`; `inputs`, how many; `columns`; `stops`.

    Raises `ValueError` for other traces.

    >>> from glassnet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, activation="tanh", name="neuron")])
    >>> model.compile("sgd", "mean_squared_error")
    >>> [stop.kind for stop in Walkthrough(model.trace([1.0, 2.0], [0.5])).stops]
    ['weighted_sum', 'activation', 'loss', 'loss_gradient', 'activation_gradient', 'parameter_gradient',
     'input_gradient', 'update']
    """

    def __init__(self, trace):
        self.trace = trace
        self._check()
        self.inputs = trace.input.shape[0]
        self.columns = self._columns()
        self.stops = list(self._stops())

    def column(self, layer):
        """The column of a layer by its name."""
        return next(column for column in self.columns if column.layer == layer)

    def _check(self):
        trace = self.trace
        if "loss" not in trace or trace.optimizer_step is None:
            raise ValueError("Expected the trace of an example with its label. Received: one without. Give y to trace(x, y).")
        if trace.batch_size != 1:
            raise ValueError(f"Expected the trace of one example. Received: of {trace.batch_size}. Trace one of them.")
        known = {"dense", *formula.ACTIVATIONS, "softmax"}
        nodes = [node for node in trace.graph.nodes if node.phase == "forward"]
        others = [node.operation.name for node in nodes if node.operation.name not in known]
        if others or nodes[0].operation.name != "dense" or trace.penalties:
            received = ", ".join(others or ["a penalty" if trace.penalties else nodes[0].operation.name])
            raise ValueError(f"Expected only dense layers and activations behind them. Received: {received}.")
        sizes = [trace.input.shape, *(node.outputs[0].shape for node in nodes)]
        layers = sum(node.operation.name == "dense" for node in nodes)
        if layers > LAYERS or any(len(shape) != 1 or shape[0] > UNITS for shape in sizes):
            raise ValueError(
                f"Expected at most {UNITS} inputs, {LAYERS} layers and {UNITS} neurons in each. Received: sizes "
                f"{', '.join(str(shape) for shape in sizes)}."
            )

    def _columns(self):
        columns = []
        for node in self.trace.graph.nodes:
            if node.phase == "forward" and node.operation.name == "dense":
                z, (kernel, bias) = node.outputs[0].name, node.variables
                x = columns[-1]["a"] if columns else self.trace.input.name
                columns.append({"layer": node.layer, "units": node.outputs[0].shape[0], "activation": "", "x": x,
                                "z": z, "a": z, "kernel": kernel.path, "bias": "" if bias is None else bias.path})  # fmt: skip
            elif node.phase == "forward":
                if columns[-1]["activation"]:
                    raise ValueError(f"Expected one activation behind each dense layer. Received: also {node.layer!r}.")
                columns[-1] |= {"activation": node.operation.name, "a": node.outputs[0].name}
        return [Column(**column) for column in columns]

    def _stops(self):
        """From the trace's steps: the mean over one example says nothing, and a dense layer's way back is two things."""
        by_tensor = {name: column for column in self.columns for name in (column.z, column.a)}
        update = []
        for step in self.trace.steps():
            if step.operation in REDUCTIONS:
                continue
            written = [name.removeprefix(DERIVATIVE) for name in step.writes]
            if step.phase == "update":
                update.append(step)
            elif step.phase == "forward":
                column = by_tensor[written[0]]
                dense = step.operation == "dense"
                rule = _weighted_sum if dense else _activation
                yield self._stop(step, "weighted_sum" if dense else "activation", column, rule(column), column.units)
            elif step.phase == "loss":
                yield self._stop(step, "loss", None, self._loss, 1)
            elif step.operation == "dense":
                column = next(c for c in self.columns if c.kernel in written or c.bias in written)
                yield self._stop(step, "parameter_gradient", column, _parameter_gradient(self.trace, column), column.units)
                if column.x in written:
                    count = self.trace[column.x].shape[1]
                    yield self._stop(step, "input_gradient", column, _input_gradient(column), count)
            else:
                column = by_tensor[written[0]]
                if "target" in step.reads:
                    yield self._stop(step, "loss_gradient", column, self._loss_gradient, column.units)
                else:
                    yield self._stop(step, "activation_gradient", column, _activation_gradient(column, step.reads), column.units)
        yield self._update(update[-1].operation)

    def _stop(self, step, kind, column, rule, count):
        parts, reads = zip(*(rule(number) for number in range(count)), strict=True)
        reads = tuple(_all(self.trace, names) for names in reads)
        layer = column.layer if column else ""
        return Stop(step.phase, kind, step.operation, layer, tuple(map(tuple, parts)), reads)

    def _target(self, unit):
        shape = self.trace["target"].shape
        return joined("target", (0, unit) if len(shape) == 2 else (0,))

    def _loss(self, _):
        output = self.columns[-1]
        reads = [part for o in range(output.units) for part in (f"{output.a}[0, {o}]", self._target(o))]
        return ["loss/values[0]"], reads

    def _loss_gradient(self, o):
        output = self.columns[-1]
        return [f"{DERIVATIVE}{output.a}[0, {o}]"], [f"{output.a}[0, {o}]", self._target(o), "loss/values[0]"]

    def _update(self, operation):
        parts, reads = [], []
        for column in self.columns:
            for o in range(column.units):
                names = [name for name in _parameters(self.trace, column, o) if AFTER + name.partition("[")[0] in self.trace]
                if names:
                    parts.append(tuple(AFTER + name for name in names))
                    reads.append(tuple(part for name in names for part in (name, DERIVATIVE + name)))
        return Stop("update", "update", operation, "", tuple(parts), tuple(reads))


def _all(trace, references):
    """References in which `:` stands for every index of an axis, written out."""
    found = []
    for reference in references:
        name, _, places = reference.partition("[")
        for axis, place in enumerate(places.rstrip("]").split(", ")):
            if place == ":":
                found += [reference.replace(":", str(i)) for i in range(trace[name].shape[axis])]
                break
        else:
            found.append(reference)
    return tuple(found)


def _parameters(trace, column, o):
    """References of the weights into a neuron, and of its bias."""
    weights = [f"{column.kernel}[{i}, {o}]" for i in range(trace[column.kernel].shape[0])]
    return [*weights, f"{column.bias}[{o}]"] if column.bias else weights


def _weighted_sum(column):
    def rule(o):
        bias = [f"{column.bias}[{o}]"] if column.bias else []
        return [f"{column.z}[0, {o}]"], [f"{column.x}[0, :]", f"{column.kernel}[:, {o}]", *bias]

    return rule


def _activation(column):
    def rule(o):
        return [f"{column.a}[0, {o}]"], [f"{column.z}[0, {':' if column.activation == 'softmax' else o}]"]

    return rule


def _activation_gradient(column, read):
    values = [name for name in (column.z, column.a) if name in read]  # the slope is written by z, by a, or is a number

    def rule(o):
        at = ":" if column.activation == "softmax" else o
        return [f"{DERIVATIVE}{column.z}[0, {o}]"], [f"{name}[0, {at}]" for name in (DERIVATIVE + column.a, *values)]

    return rule


def _parameter_gradient(trace, column):
    def rule(o):
        names = [DERIVATIVE + name for name in _parameters(trace, column, o)]
        written = [name for name in names if name.partition("[")[0] in trace]
        return written, [f"{column.x}[0, :]", f"{DERIVATIVE}{column.z}[0, {o}]"]

    return rule


def _input_gradient(column):
    def rule(i):
        return [f"{DERIVATIVE}{column.x}[0, {i}]"], [f"{column.kernel}[{i}, :]", f"{DERIVATIVE}{column.z}[0, :]"]

    return rule
