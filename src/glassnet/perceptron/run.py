"""The threshold operation in a graph, and running such a graph once on examples."""

import numpy as np

from glassnet.engine import eager
from glassnet.engine.graph import Graph
from glassnet.engine.kernels.perceptron import STRICT_STEP
from glassnet.examples import as_numbers


def plan_step(graph, z, name):
    """Adds the strict step behind the weighted sums z (O,). Returns the tensor a."""
    a = graph.tensor(name, z.shape)
    graph.add(STRICT_STEP, inputs=(z,), outputs=(a,), sizes=(z.shape[0],))
    return a


def run_once(plan, x, inputs, dtype):
    """The values, for x (N, I) or one x (I,), of the tensors that `plan(graph, input)` returns."""
    x = as_numbers(x, "x")
    rows = x[None] if x.ndim == 1 else x
    check_features(rows, inputs)
    graph = Graph()
    tensors = plan(graph, graph.tensor("input", (inputs,)))
    with np.errstate(over="ignore"):  # said in our own words below
        program = eager.run(graph, {"input": rows}, dtype)
    values = [np.array(program.value(tensor)) for tensor in tensors]
    if not all(np.isfinite(value).all() for value in values):
        raise ValueError(f"Expected numbers in x whose weighted sums fit into {dtype}. The largest is {abs(rows).max():g}.")
    return [value[0] for value in values] if x.ndim == 1 else values


def check_features(x, inputs):
    """Raises `ValueError` unless x has the shape (N, inputs)."""
    if x.ndim != 2 or len(x) == 0 or x.shape[1] != inputs:
        raise ValueError(f"The perceptron has {inputs} inputs: expected x of shape (N, {inputs}). Received: shape {x.shape}.")
