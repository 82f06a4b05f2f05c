"""A model compiled for training: its graph with data, loss, metrics and optimiser around the layers, as a program."""

import contextlib

from glassnet.engine.graph import Graph
from glassnet.engine.kernels.gather import add_gather
from glassnet.engine.kernels.keep import add_keep
from glassnet.engine.kernels.rescale import RESCALE
from glassnet.engine.program import Program


class CompiledNetwork:
    """A program together with what a trainer must know of it: where data come in and where the measures come out."""

    def __init__(self, model, batch_size, x_dtype, y_dtype, weight_dtype):
        graph = Graph()
        self.input, self.output = x, output = model.plan(graph)
        slots = None
        self._sources, self._data = [], None
        self.chunk = 1  # steps that take about as long as a chunk may; the trainer finds out
        if y_dtype:
            loss = model.loss
            target = graph.tensor("target", loss.target_shape(output.shape))
            weights = graph.tensor("sample_weight", ()) if weight_dtype else None
            for tensor, dtype in ((x, x_dtype), (target, y_dtype), (weights, weight_dtype)):
                if tensor is x:
                    self._sources.append(_gather_inputs(graph, x, dtype))
                elif tensor is not None:
                    self._sources.append(add_gather(graph, tensor, dtype))
            penalties = [node for node in graph.nodes if node.phase == "loss" and node.totals]
            values = loss.plan(graph, output, target)
            self._loss = loss.plan_reduction(graph, values, weights)
            self._penalties = penalties
            self._metrics = [
                (name, metric, metric.plan(graph, output, target, weights if weighted else None, name=f"metrics/{name}")[-1])
                for name, metric, weighted in model._resolve_metrics(output.shape)
            ]
            trained = [variable for variable in model.variables if variable.trainable]
            model.optimizer.build(model.params_variables)
            model.optimizer.plan(graph, model.params, trained)
            slots = model.optimizer.slots.array
            self.keep = add_keep(graph)
        self.program = Program(graph, model.params, model.state, batch_size, model.dtype, slots)

    def read(self, *data):
        """Lets the gather rows read from x, y and weights."""
        self._data = data
        for node, array in zip(self._sources, [a for a in data if a is not None], strict=True):
            self.program.set_source(node, array)

    @contextlib.contextmanager
    def other_data(self, *data):
        """Context in which other data are read: a validation amid a training, which then goes on as if nothing had been."""
        program, before = self.program, self._data
        run, totals, order = program.run.copy(), program.totals.copy(), program.memory.order
        self.read(*data)
        try:
            yield
        finally:
            if before is not None:
                self.read(*before)
            program.run[:], program.totals[:] = run, totals
            program.memory = program.memory._replace(order=order)

    def begin(self, order, iteration):
        """Begins an epoch: the order of examples, and all running sums at 0."""
        self.program.totals[:] = 0
        self.program.begin(order, step=iteration, iteration=iteration)

    def logs(self, totals=None):
        """Loss and metrics since `begin`, or those that follow from kept `program.totals`."""
        total, count = self.program.node_totals(self._loss, totals)
        penalty = sum(self.program.node_totals(node, totals)[0] for node in self._penalties)
        logs = {"loss": float((total + penalty) / count)}
        for name, metric, node in self._metrics:
            logs[name] = metric.result_from(self.program.node_totals(node, totals))
        return logs


def _gather_inputs(graph, x, dtype):
    """Adds the node that fetches the inputs. A rescaling by two numbers behind them becomes part of it: one pass less."""
    readers = [node for node in graph.nodes if any(tensor is not None and tensor.name == x.name for tensor in node.inputs)]
    first = readers[0] if len(readers) == 1 else None
    if first is None or first.operation is not RESCALE or len(first.constants) != 2:
        return add_gather(graph, x, dtype)
    graph.nodes.remove(first)
    return add_gather(graph, first.outputs[0], dtype, *first.constants)
