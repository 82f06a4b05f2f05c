"""exp, log and what is made of them, in a form that the compiler turns into vector instructions.

Each function has the type of its argument: float32 by polynomials with a relative error of about 2e-7 or less, float64
by the C library.
"""

import math

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from glassnet.engine.kernel import INLINED, bits_of, inline


@intrinsic
def integer_of(typingctx, value):
    """The 32 bits of a float32 read as an int32."""

    def codegen(context, builder, sig, args):
        return builder.bitcast(args[0], ir.IntType(32))

    return types.int32(types.float32), codegen


@inline
def _exponent32(x):
    """The whole number n next to x / ln 2, as a float32, for x in the range of `_exp32`."""
    return np.rint(x * np.float32(1.44269504088896341))


@inline
def _exp_of_rest32(x, n):
    """e**x / 2**n by a polynomial of degree 5 in x - n ln 2, which is at most half of ln 2.

    The coefficients are those of expf in S. L. Moshier's Cephes library.
    """
    f = np.float32
    r = (x - n * f(0.693359375)) - n * f(-2.12194440e-4)
    p = f(1.9875691500e-4)
    p = p * r + f(1.3981999507e-3)
    p = p * r + f(8.3334519073e-3)
    p = p * r + f(4.1665795894e-2)
    p = p * r + f(1.6666665459e-1)
    p = p * r + f(5.0000001201e-1)
    return p * r * r + r + f(1)


@inline
def _exp32(x):
    """e**x in float32 with a relative error under 2e-7. Beyond the range of float32 the result is 0 or infinity."""
    f = np.float32
    within = min(max(x, f(-104)), f(89))
    n = _exponent32(within)
    # 2**n in two factors: at either end of the range n has no exponent of its own, but its halves have.
    low = np.int32(n) >> np.int32(1)
    high = np.int32(n) - low
    y = _exp_of_rest32(within, n) * bits_of((low + np.int32(127)) << np.int32(23))
    y = y * bits_of((high + np.int32(127)) << np.int32(23))
    y = f(0) if x < f(-104) else y
    y = f(np.inf) if x > f(89) else y
    return x if x != x else y


def exp(x):
    """e**x."""
    return type(x)(math.exp(x))


@overload(exp, jit_options=INLINED)
def _exp(x):
    if x == types.float32:
        return lambda x: _exp32(x)
    return lambda x: math.exp(x)


def expm1(x):
    """e**x - 1, exact near 0."""
    return type(x)(math.expm1(x))


@inline
def _expm1_32(x):
    f = np.float32
    p = f(1 / 5040)
    p = p * x + f(1 / 720)
    p = p * x + f(1 / 120)
    p = p * x + f(1 / 24)
    p = p * x + f(1 / 6)
    p = p * x + f(1 / 2)
    p = p * x + f(1)
    return x * p if abs(x) < f(0.35) else _exp32(x) - f(1)


@overload(expm1, jit_options=INLINED)
def _expm1(x):
    if x == types.float32:
        return lambda x: _expm1_32(x)
    return lambda x: math.expm1(x)


@inline
def _twice_atanh32(s):
    """log((1 + s) / (1 - s)) for |s| <= 1/3 in float32: the odd series of the area tangent."""
    f = np.float32
    q = s * s
    p = f(2 / 13)
    p = p * q + f(2 / 11)
    p = p * q + f(2 / 9)
    p = p * q + f(2 / 7)
    p = p * q + f(2 / 5)
    p = p * q + f(2 / 3)
    p = p * q + f(2)
    return s * p


@inline
def _log32(x):
    """Natural logarithm in float32: x = m * 2**n with m between the roots of 1/2 and 2; log x = n ln 2 + log m."""
    f = np.float32
    small = x < f(1.17549435e-38)  # subnormal: its exponent is not in its bits
    bits = integer_of(x * f(8388608) if small else x)
    n = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    m = bits_of(bits - (n << np.int32(23)))
    e = f(n) - (f(23) if small else f(0))
    y = e * f(0.69314718056) + _twice_atanh32((m - f(1)) / (m + f(1)))
    y = f(-np.inf) if x == f(0) else y
    y = f(np.inf) if x == f(np.inf) else y
    return y if x >= f(0) else f(np.nan)


def log(x):
    """Natural logarithm."""
    return type(x)(math.log(x))


@overload(log, jit_options=INLINED)
def _log(x):
    if x == types.float32:
        return lambda x: _log32(x)
    return lambda x: math.log(x)


def log1p(x):
    """log(1 + x) for x from 0 to 1, exact near 0."""
    return type(x)(math.log1p(x))


@overload(log1p, jit_options=INLINED)
def _log1p(x):
    if x == types.float32:
        return lambda x: _twice_atanh32(x / (x + np.float32(2)))
    return lambda x: math.log1p(x)


def power(x, y):
    """x**y for x >= 0."""
    return type(x)(math.pow(x, y))


@overload(power, jit_options=INLINED)
def _power(x, y):
    if x == types.float32:
        return lambda x, y: np.float32(1) if y == 0 else _exp32(np.float32(y) * _log32(x))
    return lambda x, y: math.pow(x, y)


def erfc(x):
    """1 - erf(x), the complement of the error function."""
    return type(x)(math.erfc(x))


@inline
def _erfc32(x):
    """erfc(|x|) = t exp(P(t) - x**2) with t = 2 / (2 + |x|); erfc(-x) = 2 - erfc(x). The absolute error is under 2e-7.

    P is the Chebyshev fit of degree 9 to log(exp(x**2) erfc(x) / t) for x < 8, made in float64, as a polynomial of
    t - 1/2. Near 0, where that loses a digit, the odd series of erf.
    Source of the form: Press et al., Numerical Recipes, section 6.2.
    """
    f = np.float32
    t = f(2) / (f(2) + abs(x))
    u = t - f(0.5)
    p = f(0.112722658)
    p = p * u + f(0.00499633069)
    p = p * u + f(-0.266608732)
    p = p * u + f(0.103279155)
    p = p * u + f(0.280591486)
    p = p * u + f(-0.157406161)
    p = p * u + f(-0.375126781)
    p = p * u + f(0.189362795)
    p = p * u + f(1.34528619)
    p = p * u + f(-0.671794054)
    y = t * _exp32(p - x * x)
    y = y if x >= f(0) else f(2) - y
    q = x * x
    series = f(-1 / 1320)
    series = series * q + f(1 / 216)
    series = series * q + f(-1 / 42)
    series = series * q + f(1 / 10)
    series = series * q + f(-1 / 3)
    series = series * q + f(1)
    return f(1) - f(2 / math.sqrt(math.pi)) * x * series if abs(x) < f(0.5) else y


@overload(erfc, jit_options=INLINED)
def _erfc(x):
    if x == types.float32:
        return lambda x: _erfc32(x)
    return lambda x: math.erfc(x)


@inline
def _between(x, low, high):
    """x, or the limit that it is beyond; NaN stays NaN."""
    x = low if x < low else x
    return high if x > high else x


@inline
def _sigmoid32(x):
    """With e**-x to the exponents that float32 has without further ado: below -87, where less than 2e-38 is left, it is 0."""
    f = np.float32
    within = f(87) if x > f(87) else x
    n = _exponent32(-within)
    y = f(1) / (f(1) + _exp_of_rest32(-within, n) * bits_of((np.int32(n) + np.int32(127)) << np.int32(23)))
    return f(0) if x < f(-87) else y


def sigmoid(x):
    """1 / (1 + e**-x)."""
    return type(x)(1 / (1 + math.exp(-x)))


@overload(sigmoid, jit_options=INLINED)
def _sigmoid(x):
    if x == types.float32:
        return lambda x: _sigmoid32(x)
    return lambda x: 1 / (1 + math.exp(-x))


@inline
def _tanh32(x):
    """A quotient of two polynomials of degree 4 in x**2, times x, with a relative error under 3e-7.

    Fitted in float64 to the least largest relative error, 2.1e-8, for |x| < 9. Beyond 9.45 the result is 1 exactly.
    """
    f = np.float32
    x = _between(x, f(-9.45), f(9.45))
    s = x * x
    p = f(1.3319075e-8) * s + f(2.0583486e-5)
    p = p * s + f(3.4940348e-3)
    p = p * s + f(0.13379718)
    p = p * s + f(1)
    q = f(7.7620214e-7) * s + f(3.2830933e-4)
    q = q * s + f(2.5871074e-2)
    q = q * s + f(0.46713033)
    q = q * s + f(1)
    return _between(x * p / q, f(-1), f(1))


def tanh(x):
    """(e**x - e**-x) / (e**x + e**-x)."""
    return type(x)(math.tanh(x))


@overload(tanh, jit_options=INLINED)
def _tanh(x):
    if x == types.float32:
        return lambda x: _tanh32(x)
    return lambda x: math.tanh(x)


@inline
def softplus(x):
    """log(1 + e**x) = max(x, 0) + log(1 + e**-|x|)."""
    return max(x, type(x)(0)) + log1p(exp(-abs(x)))
