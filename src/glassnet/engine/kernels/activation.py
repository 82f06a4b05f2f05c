"""Activations that act on each number by itself: one record {output, derivative} for each."""

from dataclasses import dataclass

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, columns, compiled, inline, vector
from glassnet.engine.kernels.exponential import sigmoid, tanh

Z, A, SIZE, DZ = columns(4)


def elementwise(name, output, derivative):
    """The operation a = output(z, c, k), dz = da * derivative(z, a, c, k), for each number.

    Arguments:
        name: Of the operation.
        output: Function of z, the operation's constants `c` and where in `c` they begin (`k`).
        derivative: Function of z, a, `c` and `k`: the derivative of a by z.

    Reads z (B, ...); writes a (B, ...).
    """
    output, derivative = inline(output), inline(derivative)

    def forward(row, run, m):
        n = run[BATCH] * row[SIZE]
        z, a = vector(m.acts, row[Z], n), vector(m.acts, row[A], n)
        c, k = m.consts, row[CONSTS]
        for i in range(n):
            a[i] = output(z[i], c, k)

    def backward(row, run, m):
        n = run[BATCH] * row[SIZE]
        z, a = vector(m.acts, row[Z], n), vector(m.acts, row[A], n)
        dz, da = vector(m.act_grads, row[Z], n), vector(m.act_grads, row[A], n)
        c, k = m.consts, row[CONSTS]
        if row[DZ] == ADD:
            for i in range(n):
                dz[i] += da[i] * derivative(z[i], a[i], c, k)
        else:
            for i in range(n):
                dz[i] = da[i] * derivative(z[i], a[i], c, k)

    return Operation(name, compiled(forward, f"{name}_forward"), compiled(backward, f"{name}_backward"))


SIGMOID = elementwise("sigmoid", lambda z, c, k: sigmoid(z), lambda z, a, c, k: a * (1 - a))
