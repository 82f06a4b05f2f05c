"""Decisions for each class, counted for F scores."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import BATCH, CONSTS, TOTALS, columns, compiled, vector
from glassnet.engine.kernels.running import weights_of

PRED, TARGET, WEIGHTS, CLASSES, THRESHOLDED, WEIGHT_ROWS = columns(6)


@compiled
def f_score_forward(row, run, m):
    """Totals (4, C): true positives, false positives, false negatives, and summed targets of each class.

    Reads y_pred (B, C), target (B, C), weights (B,) where W is not 0. A prediction is a yes where it is larger than the
    first constant, or, without `row[THRESHOLDED]`, where it is the largest of its row and not 0.
    """
    B, C, W = run[BATCH], row[CLASSES], row[WEIGHT_ROWS]
    p, t = vector(m.acts, row[PRED], B * C), vector(m.acts, row[TARGET], B * C)
    weights, totals = weights_of(row, m, WEIGHTS, B, W), vector(m.totals, row[TOTALS], 4 * C)
    one, smallest = p.dtype.type(1), p.dtype.type(1e-9)
    threshold, thresholded = m.consts[row[CONSTS]], row[THRESHOLDED] != 0
    for b in range(B):
        weight = weights[b] if W > 0 else one
        largest = p[b * C]
        for i in range(b * C, (b + 1) * C):
            largest = max(largest, p[i])
        for c in range(C):
            x, true = p[b * C + c], t[b * C + c]
            yes = one if (x > threshold if thresholded else x >= largest and abs(x) > smallest) else one - one
            totals[c] += weight * yes * true
            totals[C + c] += weight * yes * (one - true)
            totals[2 * C + c] += weight * (one - yes) * true
            totals[3 * C + c] += weight * true


F_SCORE = Operation("f_score", f_score_forward)
