"""How attention comes about: the score of a pair of places, and the mean of values that a place takes."""

from glassnet.inspect.symbol import constant, quantity
from glassnet.inspect.term import term


def _scores(trace, node, index):
    """scores[b, n, t, s] = sum over d of query[b, t, n, d] * key[b, s, n, d] * scale; one number for a pair that may not be."""
    b, n, t, s = index
    query, key, _ = node.inputs
    if node.sizes[-1] and s > t or _is_padding(trace, node, b, t, s):
        itself = quantity(trace, node.outputs[0].name, index)
        return [term(itself)], itself.python
    scale = constant("scale", node.constants[0])
    terms = [
        term(quantity(trace, query.name, (b, t, n, d)), quantity(trace, key.name, (b, s, n, d)), scale)
        for d in range(query.shape[-1])
    ]
    return terms, f't["{query.name}"][{b}, {t}, {n}] @ t["{key.name}"][{b}, {s}, {n}] * {scale.python}'


def _is_padding(trace, node, b, t, s):
    mask = node.inputs[2]
    if mask is None:
        return False
    kept = trace[mask.name].reshape(trace.batch_size, -1, node.sizes[1])[b]
    return not kept[min(t, len(kept) - 1), s]


def _mix(trace, node, index):
    """context[b, t, n, d] = sum over s of weights[b, n, t, s] * value[b, s, n, d]."""
    b, t, n, d = index
    weights, value = node.inputs
    terms = [
        term(quantity(trace, weights.name, (b, n, t, s)), quantity(trace, value.name, (b, s, n, d)))
        for s in range(value.shape[0])
    ]
    return terms, f't["{weights.name}"][{b}, {n}, {t}] @ t["{value.name}"][{b}, :, {n}, {d}]'


ATTENTION = {"attention_scores": _scores, "attention_mix": _mix}
"""The rules by the name of the operation."""
