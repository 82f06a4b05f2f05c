"""How often each class is taken for each other one."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import BATCH, CONSTS, TOTALS, columns, compiled, inline, vector
from glassnet.engine.kernels.accuracy import argmax
from glassnet.engine.kernels.running import weights_of

PRED, TARGET, WEIGHTS, ROWS, CLASSES, WEIGHT_ROWS, PRED_SIZE, PRED_KIND, TARGET_SIZE, IGNORED, WHOLE = columns(11)

# What the numbers of a row are: the number of a class, a value for each class, or one probability of class 1, which is
# meant where it is larger than the first constant, or at least as large.
NUMBER, VALUES, LARGER, AT_LEAST = range(4)
NONE_IGNORED = -1


@inline
def class_of(values, start, size, kind, threshold):
    """The class that a row stands for; -1 for none."""
    if kind == VALUES:
        return argmax(values, start, size)
    v = values[start]
    if kind == LARGER:
        return int(v > threshold)
    if kind == AT_LEAST:
        return int(v >= threshold)
    return int(v) if -1 < v < 2**31 else -1


@compiled
def confusion_forward(row, run, m):
    """Totals (C, C): weight of the rows of each true class (first axis) that were taken for each class (second axis).

    Reads y_pred (B, R, PRED_SIZE), target (B, R, TARGET_SIZE), weights (B, W) where W is not 0. Rows whose classes are
    not among the C, or whose true class is the ignored one, do not count. With `row[WHOLE]` weights are cut to whole
    numbers.
    """
    B, R, C, W = run[BATCH], row[ROWS], row[CLASSES], row[WEIGHT_ROWS]
    P, T = row[PRED_SIZE], row[TARGET_SIZE]
    p, t = vector(m.acts, row[PRED], B * R * P), vector(m.acts, row[TARGET], B * R * T)
    weights, totals = weights_of(row, m, WEIGHTS, B, W), vector(m.totals, row[TOTALS], C * C)
    threshold, V = m.consts[row[CONSTS]], R // max(W, 1)
    for n in range(B * R):
        predicted = class_of(p, n * P, P, row[PRED_KIND], threshold)
        true = class_of(t, n * T, T, VALUES if T > 1 else NUMBER, threshold)
        if 0 <= true < C and 0 <= predicted < C and true != row[IGNORED]:
            weight = weights[n // V] if W > 0 else type(threshold)(1)
            if row[WHOLE] != 0:
                weight = type(weight)(int(weight))
            totals[true * C + predicted] += weight


CONFUSION = Operation("confusion", confusion_forward)
