"""Tensors merged into one: number by number, side by side, or by products along an axis."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, SKIP, columns, compiled, inline, matrix, vector

X, Y, A, SAME, N0, N1, N2, N3, X0, X1, X2, X3, XB, Y0, Y1, Y2, Y3, YB, DX, DY = columns(20)
"""SAME: whether both have the output's shape. N: the output's last four axes, 1 where there are fewer. X and Y:
how far the next number along an axis is, 0 where the tensor is 1 wide and counts for all; XB, YB: along the batch."""


def binary(name, output, derivatives):
    """The operation a = output(x, y) for each number, with axes of 1 counting for all (broadcasting).

    Arguments:
        name: Of the operation.
        output: Function of x and y.
        derivatives: Function of x and y: the derivatives of a by both.

    Reads x and y (B, ...); writes a (B, ...). Backward: dx = da * derivative by x, summed where x counts for several.
    """
    output, derivatives = inline(output), inline(derivatives)

    def forward(row, run, m):
        B, n = run[BATCH], row[N0] * row[N1] * row[N2] * row[N3]
        a = vector(m.acts, row[A], B * n)
        if row[SAME]:
            x, y = vector(m.acts, row[X], B * n), vector(m.acts, row[Y], B * n)
            for i in range(B * n):
                a[i] = output(x[i], y[i])
            return
        x, y = vector(m.acts, row[X], B * row[XB]), vector(m.acts, row[Y], B * row[YB])
        at = 0
        for b in range(B):
            for i in range(row[N0]):
                for j in range(row[N1]):
                    for k in range(row[N2]):
                        from_x = b * row[XB] + i * row[X0] + j * row[X1] + k * row[X2]
                        from_y = b * row[YB] + i * row[Y0] + j * row[Y1] + k * row[Y2]
                        for l in range(row[N3]):
                            a[at] = output(x[from_x + l * row[X3]], y[from_y + l * row[Y3]])
                            at += 1

    def backward(row, run, m):
        B, n = run[BATCH], row[N0] * row[N1] * row[N2] * row[N3]
        x, y = vector(m.acts, row[X], B * row[XB]), vector(m.acts, row[Y], B * row[YB])
        da = vector(m.act_grads, row[A], B * n)
        if row[DX] != SKIP:
            dx = vector(m.act_grads, row[X], B * row[XB])
            if row[DX] != ADD:
                for i in range(B * row[XB]):
                    dx[i] = 0
            if row[SAME]:
                for i in range(B * n):
                    dx[i] += da[i] * derivatives(x[i], y[i])[0]
            else:
                scattered(row, B, x, y, da, dx, row[XB], row[X0], row[X1], row[X2], row[X3], 0)
        if row[DY] != SKIP:
            dy = vector(m.act_grads, row[Y], B * row[YB])
            if row[DY] != ADD:
                for i in range(B * row[YB]):
                    dy[i] = 0
            if row[SAME]:
                for i in range(B * n):
                    dy[i] += da[i] * derivatives(x[i], y[i])[1]
            else:
                scattered(row, B, x, y, da, dy, row[YB], row[Y0], row[Y1], row[Y2], row[Y3], 1)

    @inline
    def scattered(row, B, x, y, da, dv, to_b, to_0, to_1, to_2, to_3, which):
        at = 0
        for b in range(B):
            for i in range(row[N0]):
                for j in range(row[N1]):
                    for k in range(row[N2]):
                        from_x = b * row[XB] + i * row[X0] + j * row[X1] + k * row[X2]
                        from_y = b * row[YB] + i * row[Y0] + j * row[Y1] + k * row[Y2]
                        to = b * to_b + i * to_0 + j * to_1 + k * to_2
                        for l in range(row[N3]):
                            by_x, by_y = derivatives(x[from_x + l * row[X3]], y[from_y + l * row[Y3]])
                            dv[to + l * to_3] += da[at] * (by_x if which == 0 else by_y)
                            at += 1

    return Operation(name, compiled(forward, f"{__name__}.{name}.forward"), compiled(backward, f"{__name__}.{name}.backward"))


ADDITION = binary("add", lambda x, y: x + y, lambda x, y: (type(x)(1), type(x)(1)))
SUBTRACTION = binary("subtract", lambda x, y: x - y, lambda x, y: (type(x)(1), type(x)(-1)))
MULTIPLICATION = binary("multiply", lambda x, y: x * y, lambda x, y: (y, x))


@inline
def _shares(x, y):
    """How much of the derivative of the larger number goes to each: all to it, half to both where they are the same."""
    one, half = type(x)(1), type(x)(0.5)
    return (one, one - one) if x > y else ((one - one, one) if x < y else (half, half))


MAXIMUM = binary("maximum", lambda x, y: x if x > y else y, lambda x, y: _shares(x, y))
MINIMUM = binary("minimum", lambda x, y: x if x < y else y, lambda x, y: _shares(-x, -y))


PART, WHOLE, OUTER, WIDTH, WHOLE_WIDTH, START, DPART = columns(7)


@compiled
def join_forward(row, run, m):
    """The columns START to START + WIDTH of a are x. One node for each tensor that is joined.

    Reads x (B, OUTER, WIDTH); writes a part of a (B, OUTER, WHOLE_WIDTH).
    """
    rows, width = run[BATCH] * row[OUTER], row[WIDTH]
    x, a = matrix(m.acts, row[PART], rows, width), matrix(m.acts, row[WHOLE], rows, row[WHOLE_WIDTH])
    for r in range(rows):
        x_r, a_r = x[r], a[r, row[START] :]
        for i in range(width):
            a_r[i] = x_r[i]


@compiled
def join_backward(row, run, m):
    """dx = the same columns of da."""
    rows, width = run[BATCH] * row[OUTER], row[WIDTH]
    if row[DPART] == SKIP:
        return
    dx, da = matrix(m.act_grads, row[PART], rows, width), matrix(m.act_grads, row[WHOLE], rows, row[WHOLE_WIDTH])
    add = row[DPART] == ADD
    for r in range(rows):
        dx_r, da_r = dx[r], da[r, row[START] :]
        for i in range(width):
            dx_r[i] = dx_r[i] + da_r[i] if add else da_r[i]


JOIN = Operation("concatenate", join_forward, join_backward)


LEFT, RIGHT, DOT_A, LO, LI, RO, RI, K, DLEFT, DRIGHT = columns(10)


@compiled
def dot_forward(row, run, m):
    """a[b, o, i, p, j] = sum over k of x[b, o, k, i] * y[b, p, k, j].

    Reads x (B, LO, K, LI), y (B, RO, K, RI); writes a (B, LO, LI, RO, RI).
    """
    LO_, LI_, RO_, RI_, K_ = row[LO], row[LI], row[RO], row[RI], row[K]
    for b in range(run[BATCH]):
        x = vector(m.acts, row[LEFT] + b * LO_ * K_ * LI_, LO_ * K_ * LI_)
        y = vector(m.acts, row[RIGHT] + b * RO_ * K_ * RI_, RO_ * K_ * RI_)
        a = vector(m.acts, row[DOT_A] + b * LO_ * LI_ * RO_ * RI_, LO_ * LI_ * RO_ * RI_)
        at = 0
        for o in range(LO_):
            for i in range(LI_):
                for p in range(RO_):
                    for j in range(RI_):
                        total = a.dtype.type(0)
                        for k in range(K_):
                            total += x[(o * K_ + k) * LI_ + i] * y[(p * K_ + k) * RI_ + j]
                        a[at] = total
                        at += 1


@compiled
def dot_backward(row, run, m):
    """dx = sum of da * y over what y has besides k; dy likewise."""
    LO_, LI_, RO_, RI_, K_ = row[LO], row[LI], row[RO], row[RI], row[K]
    for b in range(run[BATCH]):
        at_x, at_y = row[LEFT] + b * LO_ * K_ * LI_, row[RIGHT] + b * RO_ * K_ * RI_
        x, y = vector(m.acts, at_x, LO_ * K_ * LI_), vector(m.acts, at_y, RO_ * K_ * RI_)
        da = vector(m.act_grads, row[DOT_A] + b * LO_ * LI_ * RO_ * RI_, LO_ * LI_ * RO_ * RI_)
        if row[DLEFT] != SKIP:
            dx = vector(m.act_grads, at_x, LO_ * K_ * LI_)
            if row[DLEFT] != ADD:
                dx[:] = 0
            at = 0
            for o in range(LO_):
                for i in range(LI_):
                    for p in range(RO_):
                        for j in range(RI_):
                            for k in range(K_):
                                dx[(o * K_ + k) * LI_ + i] += da[at] * y[(p * K_ + k) * RI_ + j]
                            at += 1
        if row[DRIGHT] != SKIP:
            dy = vector(m.act_grads, at_y, RO_ * K_ * RI_)
            if row[DRIGHT] != ADD:
                dy[:] = 0
            at = 0
            for o in range(LO_):
                for i in range(LI_):
                    for p in range(RO_):
                        for j in range(RI_):
                            for k in range(K_):
                                dy[(p * K_ + k) * RI_ + j] += da[at] * x[(o * K_ + k) * LI_ + i]
                            at += 1


DOT = Operation("dot", dot_forward, dot_backward)


U, UNIT, U_OUTER, U_INNER, U_K, DU = columns(6)


@inline
def _inverse_length(u, start, stride, n):
    """1 / length of a vector, whose squares add up to 1e-12 at the least, as in Keras."""
    total = u.dtype.type(0)
    for k in range(n):
        total += u[start + k * stride] * u[start + k * stride]
    return u.dtype.type(1) / max(total, u.dtype.type(1e-12)) ** u.dtype.type(0.5)


@compiled
def unit_forward(row, run, m):
    """a = u / length of u along an axis. Reads u (B, OUTER, K, INNER); writes a alike."""
    outer, n, inner = run[BATCH] * row[U_OUTER], row[U_K], row[U_INNER]
    u, a = vector(m.acts, row[U], outer * n * inner), vector(m.acts, row[UNIT], outer * n * inner)
    for o in range(outer):
        for i in range(inner):
            start = o * n * inner + i
            scale = _inverse_length(u, start, inner, n)
            for k in range(n):
                a[start + k * inner] = u[start + k * inner] * scale


@compiled
def unit_backward(row, run, m):
    """du = (da - a * sum of a * da) / length of u."""
    outer, n, inner = run[BATCH] * row[U_OUTER], row[U_K], row[U_INNER]
    size, add = outer * n * inner, row[DU] == ADD
    u, a = vector(m.acts, row[U], size), vector(m.acts, row[UNIT], size)
    du, da = vector(m.act_grads, row[U], size), vector(m.act_grads, row[UNIT], size)
    for o in range(outer):
        for i in range(inner):
            start = o * n * inner + i
            scale, along = _inverse_length(u, start, inner, n), u.dtype.type(0)
            for k in range(n):
                along += a[start + k * inner] * da[start + k * inner]
            for k in range(n):
                at = start + k * inner
                slope = (da[at] - a[at] * along) * scale
                du[at] = du[at] + slope if add else slope


UNIT_LENGTH = Operation("unit_length", unit_forward, unit_backward)
