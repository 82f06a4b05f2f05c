"""A formula, written once as a Python expression, as text, as Python that runs, as LaTeX and as MathML."""

import ast
import copy
import math
from dataclasses import dataclass
from html import escape

import numpy as np

PRECEDENCE = {ast.Add: 1, ast.Sub: 1, ast.USub: 1, ast.Mult: 2, ast.Div: 3, ast.Pow: 4}
COMPARISONS = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "=="}
PYTHON = {
    "exp": "np.exp({})",
    "log": "np.log({})",
    "tanh": "np.tanh({})",
    "sqrt": "math.sqrt({})",
    "erfc": "math.erfc({})",
    "sign": "np.sign({})",
    "sigmoid": "(1 / (1 + np.exp(-({}))))",
    "softplus": "np.logaddexp(0, {})",
}
"""How functions of a formula are called where `np` and `math` are known; others are Python's own."""


@dataclass(frozen=True)
class Symbol:
    """What a name of a formula stands for, in each notation.

    Attributes: `text`, `python`, `latex`, `mathml`, and `value`, the number.
    """

    text: str
    python: str
    latex: str
    mathml: str
    value: float

    @classmethod
    def number(cls, value):
        """A plain number, in parentheses where it is negative so that it may stand in any place."""
        text = f"{value:.5g}"
        latex, mathml = _digits(text)
        if text.startswith("-"):
            text, latex = f"({text})", rf"({latex})"
            mathml = f"<mrow><mo>(</mo>{mathml}<mo>)</mo></mrow>"
        literal = repr(float(value)) if value >= 0 else f"({float(value)!r})"
        return cls(text, literal.replace("inf", "math.inf"), latex, mathml, float(value))

    @classmethod
    def result(cls, value):
        """A plain number that stands alone, without parentheses.

        >>> Symbol.result(-2e-7).latex
        '-2 \\\\cdot 10^{-7}'
        """
        text = f"{value:.5g}"
        return cls(text, repr(float(value)), *_digits(text), float(value))


def _digits(text):
    """A number in LaTeX and MathML: with a minus sign, and a power of ten for an exponent."""
    mantissa, _, exponent = text.partition("e")
    latex = (rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa).replace("inf", r"\infty")
    mathml = _signed(mantissa)
    if exponent:
        mathml += f"<mo>&#x22C5;</mo><msup><mn>10</mn><mrow>{_signed(str(int(exponent)))}</mrow></msup>"
    return latex, f"<mrow>{mathml}</mrow>"


def _signed(text):
    sign = "<mo>&#x2212;</mo>" if text.startswith("-") else ""
    return f"{sign}<mn>{text.lstrip('-').replace('inf', '&#x221E;')}</mn>"


def text(expression, symbols):
    """The expression with the symbols' texts in place of names.

    >>> text("a * (1 - a)", {"a": Symbol.number(0.25)})
    '0.25 * (1 - 0.25)'
    """
    return ast.unparse(_replaced(expression, {name: symbol.text for name, symbol in symbols.items()}, {}))


def python(expression, symbols):
    """Python that computes the expression where `t` (the trace), `np` and `math` are known.

    >>> python("tanh(z)", {"z": Symbol.number(0.25)})
    'np.tanh(0.25)'
    """
    return ast.unparse(_replaced(expression, {name: symbol.python for name, symbol in symbols.items()}, PYTHON))


def evaluate(expression, symbols):
    """The value of the expression, in float64.

    >>> evaluate("a * (1 - a)", {"a": Symbol.number(0.25)})
    0.1875
    """
    numbers = {name: Symbol.number(symbol.value) for name, symbol in symbols.items()}
    return float(eval(python(expression, numbers), {"np": np, "math": math}))


def _replaced(expression, names, functions):
    class Replace(ast.NodeTransformer):
        def visit_Name(self, node):  # noqa: N802 - ast's name
            return ast.Name(names.get(node.id, {"inf": "math.inf", "pi": "math.pi"}.get(node.id, node.id)))

        def visit_Call(self, node):  # noqa: N802 - ast's name
            arguments = [self.visit(argument) for argument in node.args]
            if node.func.id not in functions:
                return ast.Call(node.func, arguments, [])
            return ast.Name(functions[node.func.id].format(ast.unparse(arguments[0])))

    return Replace().visit(copy.deepcopy(ast.parse(expression, mode="eval").body))


class Latex:
    """Building blocks of LaTeX."""

    operators = {"*": r" \cdot ", ">=": r" \ge ", "<=": r" \le ", "==": " = "}
    names = {"pi": r"\pi", "inf": r"\infty"}

    def symbol(self, symbol):
        return symbol.latex

    def number(self, value):
        return Symbol.number(value).latex

    def name(self, name):
        return self.names.get(name, rf"\mathrm{{{name}}}".replace("_", r"\_"))

    def operator(self, sign):
        return self.operators.get(sign, f" {sign} ")

    def fraction(self, over, under):
        return rf"\frac{{{over}}}{{{under}}}"

    def power(self, base, exponent):
        return f"{{{base}}}^{{{exponent}}}"

    def root(self, inner):
        return rf"\sqrt{{{inner}}}"

    def size(self, inner):
        return rf"\left|{inner}\right|"

    def fenced(self, inner):
        return rf"\left({inner}\right)"

    def called(self, name, arguments):
        return rf"\operatorname{{{name}}}\left({', '.join(arguments)}\right)"

    def cases(self, then, condition, otherwise):
        return rf"\begin{{cases}}{then} & \text{{if }} {condition} \\ {otherwise} & \text{{else}}\end{{cases}}"


class MathML:
    """Building blocks of MathML."""

    operators = {"*": "&#x22C5;", ">=": "&#x2265;", "<=": "&#x2264;", "==": "=", "-": "&#x2212;"}
    names = {"pi": "&#x3C0;", "inf": "&#x221E;"}

    def symbol(self, symbol):
        return symbol.mathml

    def number(self, value):
        return f"<mn>{value}</mn>"

    def name(self, name):
        return f"<mi>{self.names.get(name, name)}</mi>"

    def operator(self, sign):
        return f"<mo>{self.operators.get(sign, escape(sign))}</mo>"

    def fraction(self, over, under):
        return f"<mfrac><mrow>{over}</mrow><mrow>{under}</mrow></mfrac>"

    def power(self, base, exponent):
        return f"<msup><mrow>{base}</mrow><mrow>{exponent}</mrow></msup>"

    def root(self, inner):
        return f"<msqrt>{inner}</msqrt>"

    def size(self, inner):
        return f"<mrow><mo>|</mo>{inner}<mo>|</mo></mrow>"

    def fenced(self, inner):
        return f"<mrow><mo>(</mo>{inner}<mo>)</mo></mrow>"

    def called(self, name, arguments):
        return f"<mi>{name}</mi><mrow><mo>(</mo>{'<mo>,</mo>'.join(arguments)}<mo>)</mo></mrow>"

    def cases(self, then, condition, otherwise):
        rows = ((then, f"<mtext>if&#160;</mtext>{condition}"), (otherwise, "<mtext>else</mtext>"))
        cells = "".join(f"<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>" for value, when in rows)
        return f"<mrow><mo>{{</mo><mtable>{cells}</mtable></mrow>"


LATEX, MATHML = Latex(), MathML()


def render(expression, symbols, notation):
    """The expression in a notation, `LATEX` or `MATHML`.

    >>> render("1 / (1 + exp(-z))", {"z": Symbol("z", "z", "z", "<mi>z</mi>", 0.0)}, LATEX)
    '\\\\frac{1}{1 + {e}^{-z}}'
    """
    return _render(ast.parse(expression, mode="eval").body, symbols, notation, 0)


def _render(node, symbols, n, around):
    """`around`: precedence of what stands around; lower ones are put in parentheses."""

    def inner(part, precedence=0):
        return _render(part, symbols, n, precedence)

    if isinstance(node, ast.Name):
        return n.symbol(symbols[node.id]) if node.id in symbols else n.name(node.id)
    if isinstance(node, ast.Constant):
        return n.number(node.value)
    if isinstance(node, ast.IfExp):
        return n.cases(inner(node.body), inner(node.test), inner(node.orelse))
    if isinstance(node, ast.Compare):
        pairs = zip(node.ops, node.comparators, strict=True)
        return inner(node.left) + "".join(n.operator(COMPARISONS[type(sign)]) + inner(part) for sign, part in pairs)
    if isinstance(node, ast.Call):
        return _call(node.func.id, node.args, inner, n)
    own = PRECEDENCE[type(node.op)]
    if isinstance(node, ast.UnaryOp):
        result = n.operator("-").strip() + inner(node.operand, own + 1)
    elif isinstance(node.op, ast.Div):
        result = n.fraction(inner(node.left), inner(node.right))
    elif isinstance(node.op, ast.Pow):
        result = n.power(inner(node.left, own + 1), inner(node.right))
    else:
        sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}[type(node.op)]
        result = inner(node.left, own) + n.operator(sign) + inner(node.right, own + (sign == "-"))
    return n.fenced(result) if own < around else result


def _call(name, arguments, inner, n):
    if name == "exp":
        return n.power(n.name("e") if n is MATHML else "e", inner(arguments[0]))
    if name == "sqrt":
        return n.root(inner(arguments[0]))
    if name == "abs":
        return n.size(inner(arguments[0]))
    return n.called(name, [inner(argument) for argument in arguments])
