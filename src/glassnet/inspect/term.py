"""The parts of an explanation: a sum of terms, each a product of named factors."""

import math
from dataclasses import dataclass, field

from glassnet.inspect.notation import Symbol, python


@dataclass(frozen=True)
class Factor:
    """One named number of a product.

    Attributes:
        symbol: `Symbol`, its name in every notation, and its value.
        formula: How it is computed, as an expression in `names`; None for a number that is looked up.
        names: `{name: Symbol}` of the formula.
    """

    symbol: Symbol
    formula: str = None
    names: dict = field(default_factory=dict)

    @property
    def name(self):
        return self.symbol.text

    @property
    def value(self):
        return self.symbol.value

    @property
    def python(self):
        """Python that computes it."""
        return self.symbol.python if self.formula is None else f"({python(self.formula, self.names)})"


@dataclass(frozen=True)
class Term:
    """A product of factors. `value` is computed in float64."""

    factors: tuple

    @property
    def value(self):
        return math.prod(factor.value for factor in self.factors)

    @property
    def python(self):
        return " * ".join(factor.python for factor in self.factors)


def term(*factors):
    """A `Term` of factors, or of symbols of numbers that are looked up."""
    return Term(tuple(factor if isinstance(factor, Factor) else Factor(factor) for factor in factors))


def summed(terms):
    """Python that adds up all terms."""
    return " + ".join(term.python for term in terms) or "0.0"
