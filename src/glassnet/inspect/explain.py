"""How a number comes about: `model.trace(x, y).explain("dense_1/kernel[3, 1]")`."""

import numpy as np

from glassnet.inspect import chain, convolution
from glassnet.inspect.explanation import Explanation
from glassnet.inspect.forward import forward
from glassnet.inspect.names import AFTER, DERIVATIVE, joined, split, within
from glassnet.inspect.symbol import quantity
from glassnet.inspect.update_rule import updated


def explain(trace, reference):
    """Explains one number of a trace by the chain rule or by what it is the sum of.

    Arguments:
        trace: `Trace`.
        reference: A name with an index. A parameter (`"dense_1/kernel[3, 1]"`) or a name that begins with `"d "`
            (`"d dense_1/a[2]"`) asks for the derivative of the loss by it, `"new dense_1/kernel[3, 1]"` for what the
            optimiser would make of a parameter, any other name (`"dense_1/z[2]"`) for the number itself. The index of
            the example comes first and is 0 where left out.

    Returns: `Explanation`.

    Raises `KeyError` for an unknown name, `IndexError` where the index does not fit.

    >>> from glassnet import layers
    >>> from glassnet.inspect.trace import trace
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, name="neuron")])
    >>> model.set_weights([[[2.0], [3.0]], [1.0]])
    >>> print(trace(model, [1.0, 1.0]).explain("neuron/z[0]"))
    neuron/z[0, 0] = 6
        weighted sum of neuron 0 of neuron, in example 0
        = input[0, 1] * neuron/kernel[1, 0] + input[0, 0] * neuron/kernel[0, 0] + neuron/bias[0]
        = 1 * 3 + 1 * 2 + 1
      Python: t["input"][0] @ t["neuron/kernel"][:, 0] + t["neuron/bias"][0]
    """
    name, index = split(reference)
    plain = name.removeprefix(DERIVATIVE)
    if name.startswith(AFTER):
        return _explain_update(trace, name, index, reference)
    derivative = name.startswith(DERIVATIVE) or (name in trace.variables and trace.variables[name].is_parameter)
    key = DERIVATIVE + plain if derivative else name
    array = trace[key]
    tensor = trace.tensors.get(plain)
    index = within(index, array.shape, reference, tensor is not None and tensor.batched)
    symbol = quantity(trace, key, index)
    if tensor is not None and plain != tensor.name:  # a second name, perhaps with another shape
        plain, index = tensor.name, _elsewhere(index, array.shape, trace[tensor.name].shape)
    if tensor is None:
        terms, line = chain.by_parameter(trace, plain, index) if derivative else ([], symbol.python)
    else:
        terms, line = chain.by_tensor(trace, plain, index) if derivative else forward(trace, plain, index)
    return Explanation(trace, symbol, plain, index, terms, _meaning(trace, plain, index, derivative), line, derivative)


def _explain_update(trace, name, index, reference):
    """Of a parameter behind the step."""
    index = within(index, trace[name].shape, reference, False)
    plain = name.removeprefix(AFTER)
    terms, line = updated(trace, plain, index)
    meaning = f"what the optimiser makes of {_meaning(trace, plain, index, False)}"
    return Explanation(trace, quantity(trace, name, index), plain, index, terms, meaning, line, False)


def compare(trace, first, second):
    """Which of two numbers matters more to the loss, in words: the ratio of the derivatives by them.

    >>> from glassnet import layers
    >>> from glassnet.inspect.trace import trace
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, use_bias=False, name="cost")])
    >>> model.set_weights([[[1.0], [1.0]]])
    >>> model.compile("sgd", "sum_of_squares")
    >>> print(trace(model, [3.0, 1.0], [3.0]).compare("cost/kernel[0, 0]", "cost/kernel[1, 0]"))
    cost/kernel[0, 0] matters 3 times as much as cost/kernel[1, 0]: for each unit the loss changes by 3, and by 1
    """
    pairs = []
    for reference in (first, second):
        name, index = split(reference)
        found = trace.explain(joined(name if name.startswith(DERIVATIVE) else DERIVATIVE + name, index))
        pairs.append((found.value, found.name.removeprefix(DERIVATIVE)))
    (large, more), (small, less) = sorted(pairs, key=lambda pair: -abs(pair[0]))
    by = f"for each unit the loss changes by {large:.4g}, and by {small:.4g}"
    if large == 0:
        return f"Neither {more} nor {less} matters: {by}"
    times = f"{abs(large / small):.4g} times as much as" if small else "and not"
    return f"{more} matters {times} {less}: {by}"


def _elsewhere(index, shape, other):
    """The index of the same number in an array of another shape."""
    return tuple(map(int, np.unravel_index(np.ravel_multi_index(index, shape), other)))


def _meaning(trace, name, index, derivative):
    layer, _, part = name.rpartition("/")
    if (what := convolution.meaning(trace, name, index)) is not None:
        return f"how fast the loss grows with {what}" if derivative else what
    if name in trace.variables and index:
        what = {
            "kernel": f"the weight from input {index[0]} to neuron {index[-1]} of {layer}",
            "bias": f"the bias of neuron {index[-1]} of {layer}",
        }.get(part, name)
    else:
        where = ", ".join(map(str, index[1:]))
        what = {
            "z": f"weighted sum of neuron {where} of {layer}",
            "a": f"output {where} of {layer}",
            "input": f"input {where}",
            "target": f"target {where}".strip(),
            "loss": f"the loss of {f'output {layer}' if layer else 'the batch'}, without penalties",
            "values": f"the loss of output {layer.removesuffix('/loss')}" if "/" in layer else "the loss",
        }.get(part, name)
        what += f", in example {index[0]}" if index and (name not in trace.tensors or trace.tensors[name].batched) else ""
    return f"how fast the loss grows with {what}" if derivative else what
