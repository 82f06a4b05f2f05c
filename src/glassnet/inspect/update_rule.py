"""How the optimiser's new value of a parameter comes about: `trace.explain("new dense_1/kernel[3, 1]")`."""

from glassnet.inspect.names import DERIVATIVE
from glassnet.inspect.notation import Symbol, evaluate
from glassnet.inspect.symbol import quantity
from glassnet.inspect.term import Factor, summed, term


def updated(trace, name, index):
    """Terms and Python of a parameter behind the step.

    Rules without a formula here, and rules with clipping, decay or averages around them, are told as the number before
    and what the optimiser adds.
    """
    update = trace.optimizer_step
    kinds = {node.operation.name for node in update.nodes}
    rule = RULES.get(kinds.pop()) if len(kinds) == 1 else None
    p, g = quantity(trace, name, index), quantity(trace, DERIVATIVE + name, index)
    steps = None if rule is None else rule(update, name, index, p, g)
    if steps is None:
        change = float(trace.update(name)[index])
        line = f't.update("{name}")[{", ".join(map(str, index))}]'
        added = Symbol(f"update of {p.text}", line, r"\Delta", "<mi>&#x394;</mi>", change)
        terms = [term(p), term(added)]
    elif isinstance(steps, Factor):
        terms = [term(steps)]
    else:
        terms = [term(p), term(*steps)]
    return terms, summed(terms)


CHANGE = (r"\Delta", "<mi>&#x394;</mi>")
"""What the optimiser adds, in LaTeX and MathML."""


def _symbol(text, latex, mathml, value):
    """A number that the optimiser knows by itself."""
    return Symbol(text, Symbol.number(value).python, latex, f"<mrow>{mathml}</mrow>", float(value))


def _factor(text, latex, mathml, formula, names):
    return Factor(_symbol(text, latex, mathml, evaluate(formula, names)), formula, names)


def _rate(update):
    return _symbol("learning_rate", r"\eta", "<mi>&#x3B7;</mi>", update.learning_rate)


def _sgd(update, name, index, p, g):
    """p - rate * g; with momentum p + v, v = mu * v_before - rate * g; Nesterov's goes on by mu * v - rate * g."""
    optimizer, names = update.optimizer, {"rate": _rate(update), "g": g}
    if not optimizer.momentum:
        return Factor(Symbol("", "", "", "", evaluate("p - rate * g", {"p": p, **names})), "p - rate * g", {"p": p, **names})
    names["mu"] = _symbol("momentum", r"\mu", "<mi>&#x3BC;</mi>", optimizer.momentum)
    names["v"] = _symbol("v before", "v", "<mi>v</mi>", update.slot(name, "momentum", index))
    formula = "mu * (mu * v - rate * g) - rate * g" if optimizer.nesterov else "mu * v - rate * g"
    return [_factor(f"update of {p.text}", *CHANGE, formula, names)]


def _adam(update, name, index, p, g):
    """p - alpha * m / (sqrt(v) + epsilon), with alpha = rate * sqrt(1 - beta_2**t) / (1 - beta_1**t) at step t."""
    optimizer = update.optimizer
    if optimizer.amsgrad:
        return None
    beta_1, beta_2 = (
        Symbol(f"beta_{k}", Symbol.number(b).python, rf"\beta_{k}", f"<msub><mi>&#x3B2;</mi><mn>{k}</mn></msub>", b)
        for k, b in ((1, optimizer.beta_1), (2, optimizer.beta_2))
    )
    t = _symbol("number of the step", "t", "<mi>t</mi>", update.iteration + 1)
    m = _symbol("m before", "m", "<mi>m</mi>", update.slot(name, "momentum", index))
    v = _symbol("v before", "v", "<mi>v</mi>", update.slot(name, "velocity", index))
    return [
        _factor("-alpha", r"-\alpha", "<mo>&#x2212;</mo><mi>&#x3B1;</mi>", "-(rate * sqrt(1 - beta_2**t) / (1 - beta_1**t))",
                {"rate": _rate(update), "beta_1": beta_1, "beta_2": beta_2, "t": t}),
        _factor("m", "m'", "<mi>m</mi><mo>&#x2032;</mo>", "beta_1 * m + (1 - beta_1) * g", {"beta_1": beta_1, "m": m, "g": g}),
        _factor("scale", "s", "<mi>s</mi>", "1 / (sqrt(beta_2 * v + (1 - beta_2) * g**2) + epsilon)",
                {"beta_2": beta_2, "v": v, "g": g, "epsilon": _epsilon(optimizer)}),
    ]  # fmt: skip


def _rmsprop(update, name, index, p, g):
    """p - rate * g / sqrt(v + epsilon), v = rho * v_before + (1 - rho) * g**2."""
    optimizer = update.optimizer
    if optimizer.momentum or optimizer.centered:
        return None
    rho = _symbol("rho", r"\rho", "<mi>&#x3C1;</mi>", optimizer.rho)
    v = _symbol("v before", "v", "<mi>v</mi>", update.slot(name, "velocity", index))
    names = {"rate": _rate(update), "g": g, "rho": rho, "v": v, "epsilon": _epsilon(optimizer)}
    formula = "-rate * g / sqrt(rho * v + (1 - rho) * g**2 + epsilon)"
    return [_factor(f"update of {p.text}", *CHANGE, formula, names)]


def _adagrad(update, name, index, p, g):
    """p - rate * g / sqrt(a + epsilon), a = a_before + g**2."""
    a = _symbol("a before", "a", "<mi>a</mi>", update.slot(name, "accumulator", index))
    names = {"rate": _rate(update), "g": g, "a": a, "epsilon": _epsilon(update.optimizer)}
    return [_factor(f"update of {p.text}", *CHANGE, "-rate * g / sqrt(a + g**2 + epsilon)", names)]


def _epsilon(optimizer):
    return _symbol("epsilon", r"\epsilon", "<mi>&#x3B5;</mi>", optimizer.epsilon)


RULES = {"sgd": _sgd, "adam": _adam, "rmsprop": _rmsprop, "adagrad": _adagrad}
