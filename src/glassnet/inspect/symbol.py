"""The numbers of a trace as symbols of formulas."""

from html import escape

from glassnet.inspect.names import AFTER, DERIVATIVE, joined
from glassnet.inspect.notation import Symbol

LETTERS = {"kernel": "w", "bias": "b", "input": "x", "target": "y", "values": "l", "loss": "L", "sample_weight": "s"}
"""What textbooks call the parts of a network."""


def quantity(trace, name, index):
    """The symbol of one number of the trace: name such as `"d dense_1/z"`, index for each axis."""
    place = ", ".join(map(str, index)) or "()"
    latex, mathml = _written(name, _shown(trace, name, index))
    return Symbol(joined(name, index), f't["{name}"][{place}]', latex, mathml, float(trace[name][index]))


def _shown(trace, name, index):
    """The index as formulas show it: of a single example without the example."""
    tensor = trace.tensors.get(name.removeprefix(DERIVATIVE))
    return index[1:] if trace.batch_size == 1 and tensor is not None and tensor.batched else index


def slope(trace, output, input, value):
    """The symbol of the derivative of one number by another, both as (name, index)."""
    over, under = joined(*output), joined(*input)
    (over_latex, over_mathml), (under_latex, under_mathml) = (
        _written(name, _shown(trace, name, index)) for name, index in (output, input)
    )
    return Symbol(
        f"slope of {over} by {under}",
        f't.slope("{over}", "{under}")',
        rf"\frac{{\partial {over_latex}}}{{\partial {under_latex}}}",
        _quotient(over_mathml, under_mathml),
        float(value),
    )


def constant(name, value):
    """The symbol of a constant with a name of its own, such as an activation's slope."""
    number = Symbol.number(value)
    return Symbol(name, number.python, rf"\mathrm{{{name}}}", f"<mi>{name}</mi>", float(value))


def words(text, python, value):
    """A symbol that is said in words."""
    latex = r"\text{" + text.replace("_", r"\_") + "}"
    return Symbol(text, python, latex, f"<mtext>{escape(text)}</mtext>", float(value))


def total(trace, name, row, text, python, value, exponential=False, logarithm=False):
    """The symbol of a sum along the last axis.

    Arguments:
        name, row: Of what is summed up: a tensor and its index but for the last axis.
        text, python, value: Of the symbol.
        exponential: Whether the exponentials are summed up.
        logarithm: Whether it is the logarithm of the sum.
    """
    latex, mathml = _written(name, (*_shown(trace, name, row), "j"))
    if exponential:
        latex, mathml = rf"e^{{{latex}}}", f"<msup><mi>e</mi>{mathml}</msup>"
    latex, mathml = rf"\sum_j {latex}", f"<mrow><munder><mo>&#x2211;</mo><mi>j</mi></munder>{mathml}</mrow>"
    if logarithm:
        latex, mathml = rf"\ln {latex}", f"<mrow><mi>ln</mi><mo>&#x2061;</mo>{mathml}</mrow>"
    return Symbol(text, python, latex, mathml, float(value))


def part(trace, name, index, value):
    """The symbol of what one number of the prediction adds to the loss of its example."""
    latex, mathml = _written("loss/values", (*_shown(trace, "loss/values", index[:-1]), index[-1]))
    return Symbol(f"part of {joined(name, index)}", "", latex, mathml, float(value))


def _quotient(over, under):
    d = "<mo>&#x2202;</mo>"
    return f"<mfrac><mrow>{d}{over}</mrow><mrow>{d}{under}</mrow></mfrac>"


def _written(name, index):
    """A name with its index in LaTeX and MathML: `"d h/z"` as the derivative of L by z with the layer above."""
    if name.startswith(DERIVATIVE):
        latex, mathml = _written(name.removeprefix(DERIVATIVE), index)
        return rf"\frac{{\partial L}}{{\partial {latex}}}", _quotient("<mi>L</mi>", mathml)
    layer, _, part = name.removeprefix(AFTER).rpartition("/")
    layer = "" if layer == "loss" else layer
    letter = LETTERS.get(part, part)
    prime = name.startswith(AFTER)
    place = ",".join(map(str, index))
    escaped = letter.replace("_", r"\_")
    latex = letter if len(letter) == 1 else rf"\mathrm{{{escaped}}}"
    latex = rf"{{{latex}'}}" if prime else latex
    latex += (rf"^{{\text{{{layer}}}}}".replace("_", r"\_") if layer else "") + (f"_{{{place}}}" if place else "")
    own = f"<mi>{escape(letter)}</mi>"
    parts = (f"<mrow>{own}<mo>&#x2032;</mo></mrow>" if prime else own, f"<mn>{place}</mn>", f"<mtext>{escape(layer)}</mtext>")
    if layer and place:
        return latex, f"<msubsup>{''.join(parts)}</msubsup>"
    if place:
        return latex, f"<msub>{parts[0]}{parts[1]}</msub>"
    return latex, f"<msup>{parts[0]}{parts[2]}</msup>" if layer else parts[0]
