"""The perceptron's operations: the step that fires strictly above the threshold, and what Rosenblatt's rule lowers."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import BATCH, TOTALS, WRITE, columns, compiled, matrix, vector

Z, A, TARGET, VALUES, SIZE, DZ, DA, DTARGET = columns(8)
STEP_Z, STEP_A, STEP_SIZE = columns(3)


@compiled
def strict_step_forward(row, run, m):
    """a = 1 where z > 0, else 0: a neuron that fires where w.x > threshold, as z = w.x - threshold.

    Reads z (B, O); writes a (B, O). (`activation.STEP` fires at z = 0, too.)
    Source: McCulloch and Pitts (1943).
    """
    n = run[BATCH] * row[STEP_SIZE]
    z, a = vector(m.acts, row[STEP_Z], n), vector(m.acts, row[STEP_A], n)
    for i in range(n):
        a[i] = z[i] > 0


@compiled
def criterion_forward(row, run, m):
    """value = sum over the units of (a - t) z: how far the units lie on the wrong side, in all; 0 for right ones.

    Reads z (B, O), a (B, O) and target (B, O) of 0 and 1; writes values (B,), whose sum is what training lowers.
    Adds to the running total the number of examples with a wrong unit.
    Source: Rosenblatt (1958), as a criterion in Duda and Hart (1973), section 5.5.
    """
    B, O = run[BATCH], row[SIZE]
    z, a, t = matrix(m.acts, row[Z], B, O), matrix(m.acts, row[A], B, O), matrix(m.acts, row[TARGET], B, O)
    values = vector(m.acts, row[VALUES], B)
    for b in range(B):
        value, wrong = values.dtype.type(0), False
        for o in range(O):
            value += (a[b, o] - t[b, o]) * z[b, o]
            wrong = wrong or a[b, o] != t[b, o]
        values[b] = value
        m.totals[row[TOTALS]] += wrong


@compiled
def criterion_backward(row, run, m):
    """dz = a - t, with a taken as constant: gradient descent on batches of one is then w <- w + rate (t - a) x."""
    B, O = run[BATCH], row[SIZE]
    dz, a, t = matrix(m.act_grads, row[Z], B, O), matrix(m.acts, row[A], B, O), matrix(m.acts, row[TARGET], B, O)
    for b in range(B):
        for o in range(O):
            slope = a[b, o] - t[b, o]
            dz[b, o] = slope if row[DZ] == WRITE else dz[b, o] + slope


# Without a backward kernel: the step is flat on both sides, so the criterion hands dz on itself.
STRICT_STEP = Operation("strict_step", strict_step_forward)
PERCEPTRON_CRITERION = Operation("perceptron_criterion", criterion_forward, criterion_backward)
