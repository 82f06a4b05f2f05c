"""Formulas of losses with the numbers put in: what one prediction adds to a loss, and the derivative by it."""

import numpy as np

from glassnet.inspect import formula
from glassnet.inspect.notation import Symbol
from glassnet.inspect.symbol import constant, quantity, total, words


def loss_element(trace, node, at, value_at, part):
    """Expression and names of a loss: its `"derivative"` by the prediction `at`, or what that adds to its `"output"` `value_at`.

    Returns: (None, {}) where no formula is known.
    """
    name = node.operation.name
    for known, rule in ((formula.LOSSES, _pointwise), (formula.CLASSES, _classes), (formula.FOCAL, _focal)):
        if name in known:
            return rule(trace, node, at, part)
    rules = {"categorical_hinge": _hinge, "generalized_crossentropy": _generalized}
    if name in rules:
        return rules[name](trace, node, at, part)
    if name in formula.OVERLAPS:
        return _overlap(trace, node, at, value_at, part)
    return None, {}


def _pointwise(trace, node, at, part):
    known = formula.LOSSES[node.operation.name]
    prediction, target = node.inputs
    names = {"p": quantity(trace, prediction.name, at), "t": quantity(trace, target.name, at)}
    expression = getattr(known, part)
    constants = dict(zip(known.constants, node.constants, strict=True))
    names.update({key: constant(key, number) for key, number in constants.items()})
    if "factor" in constants:  # binary crossentropy: label smoothing, and probabilities kept away from 0 and 1
        t, p, epsilon = names["t"], names["p"], constants["epsilon"]
        if constants["factor"] == 1:
            names["s"] = t
        else:
            smooth = t.value * constants["factor"] + constants["summand"]
            line = f"({t.python} * {constants['factor']!r} + {constants['summand']!r})"
            names["s"] = words(f"smoothed {t.text}", line, smooth)
        share = p if "of_logits" not in node.operation.name else _sigmoid(p)
        near = min(max(share.value, epsilon), 1 - epsilon)
        names["q"] = share if near == share.value else words(f"clipped {p.text}", repr(near), near)
        if near != share.value and part == "derivative" and node.operation.name == "binary_crossentropy":
            expression = "0"
        elif near != share.value and "focal" in node.operation.name:
            return None, {}
    if known.mean and node.sizes[1] > 1:
        names["n"] = Symbol.number(node.sizes[1])
        expression = f"({expression}) / n"
    return expression, names


def _classes(trace, node, at, part):
    known = formula.CLASSES[node.operation.name]
    prediction, target = node.inputs
    row, i = at[:-1], at[-1]
    p, places = trace[prediction.name][row].astype(np.float64), ", ".join(map(str, row))
    line = f't["{prediction.name}"][{places}]'
    text = f"{prediction.name}[{places}]"
    logarithm = np.logaddexp.reduce(p)
    names = {
        "p": quantity(trace, prediction.name, at),
        "total": total(trace, prediction.name, row, f"sum of {text}", f"{line}.sum()", p.sum()),
        "log_total": total(
            trace, prediction.name, row, f"log of the sum of exp({text})", f"np.logaddexp.reduce({line})", logarithm, True, True
        ),
    }
    if "sparse" in node.operation.name:
        targets = (np.arange(len(p)) == trace[target.name][row]).astype(np.float64)
        names["t"], names["targets"] = Symbol.number(targets[i]), Symbol.number(1.0)
    else:
        factor, summand = node.constants[:2]
        targets = trace[target.name][row] * factor + summand
        one, every = quantity(trace, target.name, at), f't["{target.name}"][{places}]'
        names["t"] = one
        if factor != 1:
            names["t"] = words(f"smoothed {one.text}", f"({one.python} * {factor!r} + {summand!r})", targets[i])
            every = f"({every} * {factor!r} + {summand!r})"
        names["targets"] = total(trace, target.name, row, f"sum of {target.name}[{places}]", f"{every}.sum()", targets.sum())
    if known is formula.OF_SHARES:
        epsilon, shares = node.constants[-1], p / p.sum()
        if ((targets != 0) & ((shares < epsilon) | (shares > 1 - epsilon))).any():
            return None, {}  # shares that are cut off have another derivative
    return getattr(known, part), names


def _sigmoid(z):
    value = 1 / (1 + np.exp(-z.value))
    return words(f"sigmoid of {z.text}", f"(1 / (1 + np.exp(-({z.python}))))", value)


def _row(trace, node, at):
    """The predictions in the row of one, as float64, and its targets."""
    prediction, target = node.inputs
    return trace[prediction.name][at[:-1]].astype(np.float64), trace[target.name][at[:-1]]


def _focal(trace, node, at, part):
    """Focal losses of classes: all shares of a row depend on each of its predictions."""
    prediction, target = node.inputs
    factor, summand, epsilon, alpha, gamma = node.constants
    p, t = _row(trace, node, at)
    of_logits, i, t = "of_logits" in node.operation.name, at[-1], t * factor + summand
    q = np.exp(p - np.logaddexp.reduce(p)) if of_logits else p / p.sum()
    if ((q < epsilon) | (q > 1 - epsilon)).any():
        return None, {}  # shares that are cut off have another derivative
    text = f"{prediction.name}[{', '.join(map(str, at[:-1]))}]"
    line = f't["{prediction.name}"][{", ".join(map(str, at[:-1]))}]'
    share = f"np.exp({line}[{i}] - np.logaddexp.reduce({line}))" if of_logits else f"({line}[{i}] / {line}.sum())"
    slopes = alpha * t * (gamma * (1 - q) ** (gamma - 1) * np.log(q) - (1 - q) ** gamma / q)
    mean = float((slopes * q).sum())
    names = {
        "t": words(f"target of {quantity(trace, prediction.name, at).text}", repr(float(t[i])), t[i]),
        "q": words(f"share {i} of {text}", share, q[i]),
        "alpha": constant("alpha", alpha),
        "gamma": constant("gamma", gamma),
    }
    if part == "derivative":
        names["mean"] = words(f"mean of these slopes over {text}", repr(mean), mean)
        if not of_logits:
            names["total"] = words(f"sum of {text}", f"{line}.sum()", p.sum())
    return getattr(formula.FOCAL[node.operation.name], part), names


def _hinge(trace, node, at, part):
    """The hinge of classes: the true class against the strongest other one."""
    prediction, target = node.inputs
    p, t = _row(trace, node, at)
    largest = int(((1 - t) * p).argmax())
    violation = float(1 + ((1 - t) * p).max() - (t * p).sum())
    rule = formula.STRONGEST if at[-1] == largest else formula.OTHERS
    names = {
        "p": quantity(trace, prediction.name, at),
        "t": quantity(trace, target.name, at),
        "violation": words("1 + the strongest wrong class - the true class", repr(violation), violation),
    }
    return getattr(rule, part), names


def _generalized(trace, node, at, part):
    prediction, target = node.inputs
    t = float(trace[target.name][at[:-1]] == at[-1])
    names = {
        "p": quantity(trace, prediction.name, at),
        "t": Symbol.number(t),
        "q": constant("q", node.constants[0]),
    }
    return getattr(formula.GENERALIZED, part), names


def _overlap(trace, node, at, value_at, part):
    """Losses made of sums over a region: of target times prediction, of the target, of the prediction."""
    prediction, target = node.inputs
    known = formula.OVERLAPS[node.operation.name]
    p, t = (trace[tensor.name].astype(np.float64).ravel() for tensor in (prediction, target))
    _, size, stride, whole = node.sizes[:4]
    if not whole:
        region = int(np.ravel_multi_index(value_at, trace[node.outputs[0].name].shape))
        places = region // stride * size * stride + region % stride + np.arange(size) * stride
        p, t = p[places], t[places]
    of = "the batch" if whole else "its region"
    common = float((t * p).sum())
    names = {
        "p": quantity(trace, prediction.name, at),
        "t": quantity(trace, target.name, at),
        "common": words(f"sum of target times prediction over {of}", repr(common), common),
    }
    if node.operation.name == "tversky":
        alpha, beta, epsilon = node.constants
        union = float(common + alpha * (t.sum() - common) + beta * (p.sum() - common) + epsilon)
        names["union"] = words("common + alpha * missed + beta * claimed + epsilon", repr(union), union)
        names |= {"alpha": constant("alpha", alpha), "beta": constant("beta", beta)}
    else:
        true, predicted = float(np.linalg.norm(t)), float(np.linalg.norm(p))
        if min(true, predicted) * node.constants[0] <= 1:
            return None, {}  # a vector too short for its direction to count
        names["true"] = words(f"length of the target over {of}", repr(true), true)
        names["predicted"] = words(f"length of the prediction over {of}", repr(predicted), predicted)
    return getattr(known, part), names
