"""Activations that act on each number by itself: one record {output, derivative} for each."""

import math
from dataclasses import dataclass

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, columns, compiled, inline, vector, whole_vectors
from glassnet.engine.kernels.constants import constants_reader
from glassnet.engine.kernels.exponential import erfc, exp, expm1, sigmoid, softplus, tanh

Z, A, SIZE, DZ = columns(4)


@dataclass(frozen=True)
class Elementwise(Operation):
    """An activation of single numbers, with the functions that it is made of, for kernels that have it amid their own loops.

    Arguments:
        output, derivative: See `elementwise`; compiled as parts of their callers.
        read_constants: Function `(consts, start)` that returns the constants.
        constants: How many there are.
    """

    output: object = None
    derivative: object = None
    read_constants: object = None
    constants: int = 0


def elementwise(name, output, derivative, constants=0):
    """The operation a = output(z, c), dz = da * derivative(z, a, c), for each number.

    Arguments:
        name: Of the operation.
        output: Function of z and the operation's constants `c`.
        derivative: Function of z, a and `c`: the derivative of a by z.
        constants: How many constants the operation has.

    Reads z (B, ...); writes a (B, ...).
    """
    output, derivative, read_constants = inline(output), inline(derivative), constants_reader(constants)

    def forward(row, run, m):
        n = whole_vectors(run[BATCH] * row[SIZE])
        z, a = vector(m.acts, row[Z], n), vector(m.acts, row[A], n)
        c = read_constants(m.consts, row[CONSTS])
        for i in range(n):
            a[i] = output(z[i], c)

    def backward(row, run, m):
        n = whole_vectors(run[BATCH] * row[SIZE])
        z, a = vector(m.acts, row[Z], n), vector(m.acts, row[A], n)
        dz, da = vector(m.act_grads, row[Z], n), vector(m.act_grads, row[A], n)
        c = read_constants(m.consts, row[CONSTS])
        if row[DZ] == ADD:
            for i in range(n):
                dz[i] += da[i] * derivative(z[i], a[i], c)
        else:
            for i in range(n):
                dz[i] = da[i] * derivative(z[i], a[i], c)

    kernels = (compiled(function, f"{__name__}.{name}.{function.__name__}") for function in (forward, backward))
    functions = {"output": output, "derivative": derivative, "read_constants": read_constants}
    return Elementwise(name, *kernels, **functions, constants=constants)


LINEAR = elementwise("linear", lambda z, c: z, lambda z, a, c: type(z)(1))
"""For operations that have an activation amid their own loops; elsewhere a linear activation is no operation at all."""

STEP = elementwise("step", lambda z, c: type(z)(z >= 0), lambda z, a, c: type(z)(0))

SIGMOID = elementwise("sigmoid", lambda z, c: sigmoid(z), lambda z, a, c: a * (type(a)(1) - a))


def _hard_sigmoid(z, c):
    f = type(z)
    return min(max(z / f(6) + f(0.5), f(0)), f(1))


HARD_SIGMOID = elementwise("hard_sigmoid", _hard_sigmoid, lambda z, a, c: type(z)(1 / 6) if abs(z) < type(z)(3) else type(z)(0))

TANH = elementwise("tanh", lambda z, c: tanh(z), lambda z, a, c: type(a)(1) - a * a)

RELU = elementwise("relu", lambda z, c: max(z, type(z)(0)), lambda z, a, c: type(z)(z > 0))


def _bounded_relu(z, c):
    slope, top, threshold, zero = c[0], c[1], c[2], type(z)(0)
    upper = min(z if z > threshold else zero, top)
    # Keras clips at 0 from below where there is an upper bound, which shows where the threshold is negative.
    upper = max(upper, zero) if top < type(z)(math.inf) else upper
    return upper - slope * max(threshold - z, zero)


def _bounded_relu_derivative(z, a, c):
    slope, top, threshold = c[0], c[1], c[2]
    one, zero = type(z)(1), type(z)(0)
    flat = z >= top or (z <= zero and top < type(z)(math.inf))
    return (zero if flat else one) if z > threshold else slope


BOUNDED_RELU = elementwise("bounded_relu", _bounded_relu, _bounded_relu_derivative, constants=3)
"""ReLU with constants: slope below the threshold, upper bound, threshold."""


LEAKY_RELU = elementwise(
    "leaky_relu", lambda z, c: z if z >= 0 else c[0] * z, lambda z, a, c: type(z)(1) if z >= 0 else c[0], constants=1
)
"""Constants: slope below 0."""

ELU = elementwise(
    "elu", lambda z, c: z if z > 0 else c[0] * expm1(z), lambda z, a, c: type(z)(1) if z > 0 else a + c[0], constants=1
)
"""Constants: alpha."""


SELU = elementwise(
    "selu",
    lambda z, c: c[0] * (z if z > 0 else c[1] * expm1(z)),
    lambda z, a, c: c[0] if z > 0 else a + c[0] * c[1],
    constants=2,
)
"""Constants: scale, alpha."""


@inline
def _normal_share(z):
    """The share of a standard normal distribution below z."""
    return type(z)(0.5) * erfc(type(z)(-math.sqrt(0.5)) * z)


def _gelu_derivative(z, a, c):
    density = type(z)(1 / math.sqrt(2 * math.pi)) * exp(type(z)(-0.5) * z * z)
    return _normal_share(z) + z * density


GELU = elementwise("gelu", lambda z, c: z * _normal_share(z), _gelu_derivative)


@inline
def _gelu_gate(z):
    """(1 + tanh(u)) / 2 = sigmoid(2 u) with u = sqrt(2 / pi) (z + 0.044715 z**3). Beyond 30, where it is 0 or 1, z is
    held: its cube must not overflow."""
    f = type(z)
    z = min(max(z, f(-30)), f(30))
    return sigmoid(f(2 * math.sqrt(2 / math.pi)) * (z + f(0.044715) * z * z * z))


def _gelu_tanh_derivative(z, a, c):
    f = type(z)
    gate, near = _gelu_gate(z), min(max(z, f(-30)), f(30))
    slope = f(2 * math.sqrt(2 / math.pi)) * (f(1) + f(3 * 0.044715) * near * near)
    return gate + near * gate * (f(1) - gate) * slope


GELU_TANH = elementwise("gelu_tanh", lambda z, c: z * _gelu_gate(z), _gelu_tanh_derivative)


def _silu_derivative(z, a, c):
    s, one = sigmoid(z), type(z)(1)
    return s * (one + z * (one - s))


SILU = elementwise("silu", lambda z, c: z * sigmoid(z), _silu_derivative)


@inline
def _tanh_of_softplus(z):
    """tanh(log(1 + e**z)) as a quotient of polynomials of e**-|z|, which cannot overflow."""
    one, two = type(z)(1), type(z)(2)
    e = exp(-abs(z))
    over = (one + two * e) / (one + two * e + two * e * e)
    under = e * (e + two) / (e * (e + two) + two)
    return over if z >= 0 else under


def _mish_derivative(z, a, c):
    t = _tanh_of_softplus(z)
    return t + z * sigmoid(z) * (type(z)(1) - t * t)


MISH = elementwise("mish", lambda z, c: z * _tanh_of_softplus(z), _mish_derivative)

SOFTPLUS = elementwise("softplus", lambda z, c: softplus(z), lambda z, a, c: sigmoid(z))


def _softsign_derivative(z, a, c):
    one = type(z)(1)
    share = one / (one + abs(z))
    return share * share


SOFTSIGN = elementwise("softsign", lambda z, c: z / (type(z)(1) + abs(z)), _softsign_derivative)

EXPONENTIAL = elementwise("exponential", lambda z, c: exp(z), lambda z, a, c: a)
