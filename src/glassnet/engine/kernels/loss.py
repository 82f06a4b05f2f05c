"""Losses that compare each number of a prediction with its target: one record {value, derivative} for each."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, SCRATCH, columns, compiled, inline, matrix, vector, whole_vectors
from glassnet.engine.kernels.constants import constants_reader
from glassnet.engine.kernels.exponential import exp, log, log1p, power, sigmoid, tanh

PRED, TARGET, VALUES, ROWS, SIZE, DPRED, DTARGET = columns(7)


def pointwise(name, value, derivative, mean=True, constants=0):
    """The loss whose value is the mean (or the sum) over the last axis of value(t, p, c).

    Arguments:
        name: Of the operation.
        value: Function of the target t, the prediction p and the operation's constants `c`.
        derivative: Function of the same: the derivative of the value by p.
        mean: Whether the sum is divided by the length O of the last axis.
        constants: How many constants the operation has.

    Reads y_pred (B, ..., O) and target (B, ..., O); writes values (B, ...). Scratch: O numbers for each value, because
    one loop over all numbers is faster than a short one for each row. Where O is 1, its numbers are the values themselves.
    Backward: dy_pred = dvalues * derivative (/ O).
    """
    value, derivative, read_constants = inline(value), inline(derivative), constants_reader(constants)

    def forward(row, run, m):
        B, O = run[BATCH] * row[ROWS], row[SIZE]
        n = whole_vectors(B * O)
        p, t = vector(m.acts, row[PRED], n), vector(m.acts, row[TARGET], n)
        terms, rows = vector(m.scratch, row[SCRATCH], n), matrix(m.scratch, row[SCRATCH], B, O)
        values = vector(m.acts, row[VALUES], B)
        if O == 1:
            terms = vector(m.acts, row[VALUES], n)
        c = read_constants(m.consts, row[CONSTS])
        for i in range(n):
            terms[i] = value(t[i], p[i], c)
        for b in range(B if O > 1 else 0):
            rows_b = rows[b]
            total = values.dtype.type(0)
            for o in range(O):
                total += rows_b[o]
            values[b] = total / values.dtype.type(O) if mean else total

    def backward(row, run, m):
        B, O = run[BATCH] * row[ROWS], row[SIZE]
        n = whole_vectors(B * O)
        p, t = vector(m.acts, row[PRED], n), vector(m.acts, row[TARGET], n)
        dp, dvalues = matrix(m.act_grads, row[PRED], B, O), vector(m.act_grads, row[VALUES], B)
        slopes, rows = vector(m.scratch, row[SCRATCH], n), matrix(m.scratch, row[SCRATCH], B, O)
        c = read_constants(m.consts, row[CONSTS])
        add = row[DPRED] == ADD
        for i in range(n):
            slopes[i] = derivative(t[i], p[i], c)
        if O == 1 and not add:
            flat, scales = vector(m.act_grads, row[PRED], n), vector(m.act_grads, row[VALUES], n)
            for i in range(n):
                flat[i] = scales[i] * slopes[i]
            return
        for b in range(B):
            dp_b, rows_b = dp[b], rows[b]
            scale = dvalues[b] / dp.dtype.type(O) if mean else dvalues[b]
            if add:
                for o in range(O):
                    dp_b[o] += scale * rows_b[o]
            else:
                for o in range(O):
                    dp_b[o] = scale * rows_b[o]

    return Operation(name, compiled(forward, f"{__name__}.{name}.forward"), compiled(backward, f"{__name__}.{name}.backward"))


@inline
def sign(x):
    """-1, 0 or 1."""
    f = type(x)
    return f(x > 0) - f(x < 0)


MEAN_SQUARED_ERROR = pointwise("mean_squared_error", lambda t, p, c: (p - t) * (p - t), lambda t, p, c: type(p)(2) * (p - t))

SUM_OF_SQUARES = pointwise(
    "sum_of_squares",
    lambda t, p, c: type(p)(0.5) * (p - t) * (p - t),
    lambda t, p, c: p - t,
    mean=False,
)

MEAN_ABSOLUTE_ERROR = pointwise("mean_absolute_error", lambda t, p, c: abs(p - t), lambda t, p, c: sign(p - t))

MEAN_ABSOLUTE_PERCENTAGE_ERROR = pointwise(
    "mean_absolute_percentage_error",
    lambda t, p, c: type(p)(100) * abs(p - t) / max(abs(t), c[0]),
    lambda t, p, c: type(p)(100) * sign(p - t) / max(abs(t), c[0]),
    constants=1,
)
"""Constants: the least target that is divided by."""


@inline
def _log_of_next(x, c):
    return log(max(x, c[0]) + type(x)(1))


def _squared_logarithmic(t, p, c):
    difference = _log_of_next(p, c) - _log_of_next(t, c)
    return difference * difference


def _squared_logarithmic_derivative(t, p, c):
    f = type(p)
    difference = _log_of_next(p, c) - _log_of_next(t, c)
    return f(2) * difference / (p + f(1)) if p >= c[0] else f(0)


MEAN_SQUARED_LOGARITHMIC_ERROR = pointwise(
    "mean_squared_logarithmic_error", _squared_logarithmic, _squared_logarithmic_derivative, constants=1
)
"""Constants: what smaller numbers are raised to."""


def _huber(t, p, c):
    e, half = abs(p - t), type(p)(0.5)
    return half * e * e if e <= c[0] else c[0] * e - half * c[0] * c[0]


HUBER = pointwise("huber", _huber, lambda t, p, c: min(max(p - t, -c[0]), c[0]), constants=1)
"""Constants: delta."""


def _log_cosh(t, p, c):
    e = abs(p - t)
    return e + log1p(exp(type(p)(-2) * e)) - type(p)(0.6931471805599453)


LOG_COSH = pointwise("log_cosh", _log_cosh, lambda t, p, c: tanh(p - t))

POISSON = pointwise("poisson", lambda t, p, c: p - t * log(p + c[0]), lambda t, p, c: type(p)(1) - t / (p + c[0]), constants=1)
"""Constants: what is added to the prediction before the logarithm."""


@inline
def _limited(x, c):
    return min(max(x, c[0]), type(x)(1))


def _divergence(t, p, c):
    t = _limited(t, c)
    return t * log(t / _limited(p, c))


def _divergence_derivative(t, p, c):
    q = _limited(p, c)
    return -_limited(t, c) / q if p == q else type(p)(0)


KL_DIVERGENCE = pointwise("kl_divergence", _divergence, _divergence_derivative, mean=False, constants=1)
"""Constants: least probability."""


@inline
def _smoothed(t, c):
    """The target pulled towards 1/2: t * (1 - smoothing) + smoothing / 2."""
    return t * c[0] + c[1]


@inline
def _clipped(p, c):
    """Probability p kept away from 0 and 1 by epsilon."""
    return min(max(p, c[2]), type(p)(1) - c[2])


@inline
def _binary(t, p, c):
    t, q, one = _smoothed(t, c), _clipped(p, c), type(p)(1)
    return -(t * log(q) + (one - t) * log(one - q))


@inline
def _binary_derivative(t, p, c):
    t, q, one = _smoothed(t, c), _clipped(p, c), type(p)(1)
    return (q - t) / (q * (one - q)) if p == q else type(p)(0)  # the clip is flat outside


BINARY_CROSSENTROPY = pointwise(
    "binary_crossentropy", lambda t, p, c: _binary(t, p, c), lambda t, p, c: _binary_derivative(t, p, c), constants=3
)
"""Constants: 1 - smoothing, smoothing / 2, epsilon."""

BINARY_CROSSENTROPY_OF_LOGITS = pointwise(
    "binary_crossentropy_of_logits",
    lambda t, z, c: max(z, type(z)(0)) - z * _smoothed(t, c) + log1p(exp(-abs(z))),
    lambda t, z, c: sigmoid(z) - _smoothed(t, c),
    constants=3,
)
"""Constants: 1 - smoothing, smoothing / 2."""


@inline
def _class_weight(t, c):
    return t * c[4] + (type(t)(1) - t) * c[5]


@inline
def _focal(t, p, c):
    s, one = _smoothed(t, c), type(p)(1)
    miss = s * (one - p) + (one - s) * p  # 1 - the probability of the true class
    return _class_weight(s, c) * power(miss, c[3]) * _binary(t, p, c)


@inline
def _focal_derivative(t, p, c):
    s, one, gamma = _smoothed(t, c), type(p)(1), c[3]
    miss = s * (one - p) + (one - s) * p
    below = power(miss, one if gamma == 0 else gamma - one)
    slope = gamma * below * (one - s - s) * _binary(t, p, c) + power(miss, gamma) * _binary_derivative(t, p, c)
    return _class_weight(s, c) * slope


BINARY_FOCAL_CROSSENTROPY = pointwise(
    "binary_focal_crossentropy",
    lambda t, p, c: _focal(t, p, c),
    lambda t, p, c: _focal_derivative(t, p, c),
    constants=6,
)
"""Constants: 1 - smoothing, smoothing / 2, epsilon, gamma, weight of class 1, weight of class 0."""


def _focal_of_logits_derivative(t, z, c):
    p = sigmoid(z)
    return _focal_derivative(t, p, c) * p * (type(p)(1) - p)


BINARY_FOCAL_CROSSENTROPY_OF_LOGITS = pointwise(
    "binary_focal_crossentropy_of_logits",
    lambda t, z, c: _focal(t, sigmoid(z), c),
    _focal_of_logits_derivative,
    constants=6,
)
"""Constants: as of BINARY_FOCAL_CROSSENTROPY."""

HINGE = pointwise(
    "hinge",
    lambda t, p, c: max(type(p)(1) - t * p, type(p)(0)),
    lambda t, p, c: -t if t * p < type(p)(1) else type(p)(0),
)

SQUARED_HINGE = pointwise(
    "squared_hinge",
    lambda t, p, c: max(type(p)(1) - t * p, type(p)(0)) ** 2,
    lambda t, p, c: type(p)(-2) * t * max(type(p)(1) - t * p, type(p)(0)),
)
