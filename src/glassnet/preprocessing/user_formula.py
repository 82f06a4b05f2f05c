"""A formula that someone typed, as a function: read into a tree of allowed parts, never run as a program."""

import ast
import operator

import numpy as np

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
FUNCTIONS = {
    "sin": np.sin,
    "cos": np.cos,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "tanh": np.tanh,
}
CONSTANTS = {"pi": np.pi, "e": np.e}
VARIABLES = ("x", "y")
LONGEST = 300
"""Characters: more than any formula needs, fewer than would exhaust the parser."""


class UserFormula:
    """A function of x, or of x and y, from its text.

    Allowed are numbers, x, y, pi, e, `+ - * / **`, parentheses, and sin, cos, exp, log, sqrt, abs, tanh. Everything is
    computed in float64: too large is inf, undefined is nan.

    Arguments:
        text: Such as `"x**2 + 3*sin(y)"`.

    Attributes: `text`, `variables` (those that occur, `("x",)` or `("x", "y")`).

    Raises `ValueError` that shows what is not allowed.

    >>> bowl = UserFormula("x**2 + y**2 / 4")
    >>> bowl.variables, float(bowl(1, 2))
    (('x', 'y'), 2.0)
    >>> UserFormula("__import__('os')")
    Traceback (most recent call last):
    ValueError: Expected numbers, x, y, pi, e, + - * / **, and sin, ... abs, tanh. Received: "__import__('os')".
    """

    def __init__(self, text):
        if not isinstance(text, str) or not text.strip() or not text.isprintable() or len(text) > LONGEST:
            raise ValueError(f"Expected a formula of 1 to {LONGEST} printable characters. Received: {str(text)[:40]!r}.")
        self.text = text
        try:
            tree = ast.parse(text.strip(), mode="eval").body
            self._value = self._read(tree)
        except (SyntaxError, RecursionError, MemoryError, OverflowError) as error:
            raise ValueError(f"Expected a formula such as 'x**2 + 3*sin(y)'. Received: {text!r}.") from error
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        self.variables = VARIABLES if "y" in used else VARIABLES[:1]

    def _read(self, node):
        """The part of the formula as a function of the variables' values."""
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            number = np.float64(node.value)  # not a Python integer, whose powers can take all memory there is
            return lambda values: number
        if isinstance(node, ast.Name) and node.id in CONSTANTS:
            constant = np.float64(CONSTANTS[node.id])
            return lambda values: constant
        if isinstance(node, ast.Name) and node.id in VARIABLES:
            return lambda values: values[node.id]
        if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
            operation, operand = OPERATORS[type(node.op)], self._read(node.operand)
            return lambda values: operation(operand(values))
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            operation, left, right = OPERATORS[type(node.op)], self._read(node.left), self._read(node.right)
            return lambda values: operation(left(values), right(values))
        if isinstance(node, ast.Call) and self._is_known(node):
            function, argument = FUNCTIONS[node.func.id], self._read(node.args[0])
            return lambda values: function(argument(values))
        part = ast.get_source_segment(self.text.strip(), node) or self.text
        hint = " Write ** for a power." if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor) else ""
        raise ValueError(f"Expected numbers, x, y, pi, e, + - * / **, and {', '.join(FUNCTIONS)}. Received: {part!r}.{hint}")

    @staticmethod
    def _is_known(call):
        """Whether a call is that of a known function with one argument."""
        known = isinstance(call.func, ast.Name) and call.func.id in FUNCTIONS
        return known and len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], ast.Starred)

    def __call__(self, x, y=0.0):
        """The value at x, or at x and y: numbers or arrays."""
        with np.errstate(all="ignore"):
            return self._value({"x": np.asarray(x, float)[()], "y": np.asarray(y, float)[()]})

    def __repr__(self):
        return f"UserFormula({self.text!r})"
