"""An explanation: one number as a sum of products of named numbers, in words, Python, LaTeX and MathML, with proof."""

import functools
from html import escape

from glassnet.inspect import notation
from glassnet.inspect.html import fragment
from glassnet.inspect.notation import LATEX, MATHML, Symbol
from glassnet.inspect.symbol import words

SHOWN = 8
"""How many terms are written out, the largest first; the rest is summed up."""


class Explanation:
    """How one number of a trace comes about.

    Attributes:
        name: Of the number, such as `"d dense_1/kernel[3, 1]"`.
        value: What the engine computed.
        terms: Tuple of `Term`, the largest first; empty for numbers that are given, such as inputs.
        total: The sum of the terms in float64.
        meaning: What the number says, in words.
        python: The line that computes it, where `t` is the trace, `np` NumPy and `math` Python's.
    """

    def __init__(self, trace, symbol, name, index, terms, meaning, python, derivative):
        self.trace, self.symbol, self.meaning, self.python = trace, symbol, meaning, python
        self.name, self.value = symbol.text, symbol.value
        self.terms = tuple(sorted(terms, key=lambda term: -abs(term.value)))
        self.total = sum(term.value for term in self.terms)
        self._place = (name, index) if derivative else None

    @functools.cached_property
    def finite_difference(self):
        """The derivative by central differences of the same network in float64; None for other numbers."""
        return self.trace.double_network.difference(*self._place) if self._place else None

    @property
    def error(self):
        """How far the value is from its proof: the finite difference, or the sum of the terms."""
        if self._place:
            return abs(self.value - self.finite_difference)
        return abs(self.value - self.total) if self.terms else 0.0

    # -- notations ---------------------------------------------------------------------------------

    def _sum(self):
        """The sum as an expression, with symbols that name the numbers and symbols that put them in."""
        alone = self._formula_alone
        if alone is not None:
            return alone.formula, alone.names, _numbers(alone.names)
        named, products = {}, []
        for k, term in enumerate(self.terms[:SHOWN]):
            keys = [f"f{k}_{m}" for m in range(len(term.factors))]
            named.update(zip(keys, (factor.symbol for factor in term.factors), strict=True))
            products.append(" * ".join(keys))
        if len(self.terms) > SHOWN:
            rest = self.terms[SHOWN:]
            named["rest"] = words(f"({len(rest)} smaller terms)", "", sum(term.value for term in rest))
            products.append("rest")
        return " + ".join(products), named, _numbers(named)

    @property
    def _formula_alone(self):
        """The factor whose formula is all that there is to say, or None."""
        only = self.terms[0].factors if len(self.terms) == 1 else ()
        return only[0] if len(only) == 1 and only[0].formula is not None else None

    def _formulas(self):
        """The factors whose formulas are written out below: of each formula the one in the largest term."""
        if self._formula_alone is not None:
            return []
        factors = [factor for term in self.terms[:SHOWN] for factor in term.factors if factor.formula is not None]
        return {factor.formula: factor for factor in reversed(factors)}.values()

    @property
    def text(self):
        """The explanation in plain text."""
        lines = [f"{self.name} = {self.value:.6g}", f"    {self.meaning}"]
        if self.terms:
            expression, named, numbers = self._sum()
            lines += [f"    = {notation.text(expression, named)}", f"    = {notation.text(expression, numbers)}"]
        for factor in self._formulas():
            lines.append(f"  {factor.name} = {notation.text(factor.formula, factor.names)}")
            lines.append(f"    = {notation.text(factor.formula, _numbers(factor.names))} = {factor.value:.6g}")
        lines.append(f"  Python: {self.python}")
        if self._place:
            lines.append(f"  Proof: finite difference in float64 {self.finite_difference:.6g}, {self.error:.1g} away")
        return "\n".join(lines)

    def _equations(self, render):
        """Left and right sides of all equations: pairs of a rendered name (or "") and a rendered expression."""
        pairs = []
        if self.terms:
            expression, named, numbers = self._sum()
            pairs += [(self.symbol, expression, named), (None, expression, numbers)]
        pairs.append((None if pairs else self.symbol, "value", {"value": Symbol.result(self.value)}))
        for factor in self._formulas():
            pairs += [(factor.symbol, factor.formula, factor.names), (None, factor.formula, _numbers(factor.names))]
            pairs.append((None, "value", {"value": Symbol.result(factor.value)}))
        return [(render("s", {"s": left}) if left else "", render(right, names)) for left, right, names in pairs]

    @property
    def latex(self):
        """The equations in LaTeX, in an `aligned` environment."""
        pairs = self._equations(lambda expression, names: notation.render(expression, names, LATEX))
        lines = r" \\ ".join(f"{left} &= {right}" for left, right in pairs)
        return rf"\begin{{aligned}} {lines} \end{{aligned}}"

    @property
    def mathml(self):
        """The equations as a MathML `math` element, which browsers show without help."""
        pairs = self._equations(lambda expression, names: notation.render(expression, names, MATHML))
        cells = "".join(
            f"<mtr><mtd><mrow>{left}</mrow></mtd><mtd><mrow><mo>=</mo>{right}</mrow></mtd></mtr>"
            for left, right in pairs
        )
        table = f'<mtable class="sums" displaystyle="true" columnalign="left">{cells}</mtable>'
        return f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">{table}</math>'

    def __str__(self):
        return self.text

    def __repr__(self):
        return f"<Explanation of {self.name}: {self.value:.6g}, {len(self.terms)} terms>"

    def _repr_html_(self):
        proof = ""
        if self._place:
            proof = f"<p>Finite difference in float64: {self.finite_difference:.6g}, {self.error:.1g} away.</p>"
        head = f"<p><b>{escape(self.name)}</b> = {self.value:.6g}: {escape(self.meaning)}</p>"
        return fragment(f"{head}{self.mathml}<pre><code>{escape(self.python)}</code></pre>{proof}")


def _numbers(named):
    return {key: Symbol.number(symbol.value) for key, symbol in named.items()}
