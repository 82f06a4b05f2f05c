"""Sums over examples from which it follows how much of the targets' variance is explained, and correlations of rows."""

import math

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import BATCH, TOTALS, columns, compiled, inline, matrix, vector
from glassnet.engine.kernels.running import weights_of

PRED, TARGET, WEIGHTS, OUTPUTS, WEIGHT_ROWS = columns(5)


@compiled
def r2_forward(row, run, m):
    """Totals (4, O), then one: weighted sums of target, target**2, (target - y_pred)**2 and weights, number of values.

    Reads y_pred (B, O), target (B, O), weights (B, W), W of 1 or O, or of 0 for no weights.
    """
    B, O, W = run[BATCH], row[OUTPUTS], row[WEIGHT_ROWS]
    p, t = matrix(m.acts, row[PRED], B, O), matrix(m.acts, row[TARGET], B, O)
    weights = weights_of(row, m, WEIGHTS, B, W)
    sums = matrix(m.totals, row[TOTALS], 4, O)
    V = O // max(W, 1)
    for b in range(B):
        for o in range(O):
            weight = float(weights[b * W + o // V]) if W > 0 else 1.0
            true = float(t[b, o])
            error = t[b, o] - p[b, o]
            sums[0, o] += weight * true
            sums[1, o] += weight * true * true
            sums[2, o] += weight * (error * error)
            sums[3, o] += weight
    m.totals[row[TOTALS] + 4 * O] += B * O


R2 = Operation("r2", r2_forward)

ROW_PRED, ROW_TARGET, VALUES, ROWS, SIZE = columns(5)


def row_correlation(name, value):
    """The operation that writes for each row how predictions and targets vary together.

    Arguments:
        name: Of the operation.
        value: Function of the means of prediction and target, their variances, and their covariance.

    Reads y_pred (B, R, N), target (B, R, N); writes values (B, R).
    """
    value = inline(value)

    def forward(row, run, m):
        B, N = run[BATCH] * row[ROWS], row[SIZE]
        p, t = matrix(m.acts, row[ROW_PRED], B, N), matrix(m.acts, row[ROW_TARGET], B, N)
        values = vector(m.acts, row[VALUES], B)
        for b in range(B):
            p_mean, t_mean = 0.0, 0.0
            for i in range(N):
                p_mean += p[b, i]
                t_mean += t[b, i]
            p_mean, t_mean = p_mean / N, t_mean / N
            p_variance, t_variance, covariance = 0.0, 0.0, 0.0
            for i in range(N):
                dp, dt = p[b, i] - p_mean, t[b, i] - t_mean
                p_variance += dp * dp
                t_variance += dt * dt
                covariance += dp * dt
            values[b] = value(p_mean, t_mean, p_variance / N, t_variance / N, covariance / N)

    return Operation(name, compiled(forward, f"{name}_forward"))


def _pearson(p_mean, t_mean, p_variance, t_variance, covariance):
    return covariance / math.sqrt(p_variance * t_variance)


def _concordance(p_mean, t_mean, p_variance, t_variance, covariance):
    difference = p_mean - t_mean
    return 2 * covariance / (p_variance + t_variance + difference * difference + 1e-7)  # Keras's epsilon


PEARSON = row_correlation("pearson", _pearson)
CONCORDANCE = row_correlation("concordance", _concordance)
