"""Normalisation of groups of numbers within each example: layer and group normalisation."""

import math

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, SKIP, columns, compiled, vector

X, A, NORMALIZED, MEAN, VARIANCE, GAMMA, BETA, ROWS, PLACES, GROUPS, SIZE, DX, DGAMMA, DBETA = columns(14)


@compiled
def forward(row, run, m):
    """normalized = (x - mean) / sqrt(variance + epsilon), a = gamma * normalized + beta.

    Mean and variance (the biased one) are those of the PLACES * SIZE numbers of a group in a row.

    Reads x (B, ROWS, PLACES, GROUPS, SIZE), gamma and beta (GROUPS * SIZE,) where there are any; writes mean and variance
    (B, ROWS, GROUPS), normalized and a alike x. Constant: epsilon.
    Sources: Ba, Kiros and Hinton, "Layer Normalization" (2016), equation 3; Wu and He, "Group Normalization" (2018), equation 7.
    """
    P, G, S = row[PLACES], row[GROUPS], row[SIZE]
    epsilon = m.consts[row[CONSTS]]
    one, share = type(epsilon)(1), type(epsilon)(1) / type(epsilon)(P * S)
    for r in range(run[BATCH] * row[ROWS]):
        for g in range(G):
            total = one - one
            for p in range(P):
                x = vector(m.acts, row[X] + ((r * P + p) * G + g) * S, S)
                for s in range(S):
                    total += x[s]
            mean = total * share
            total = one - one
            for p in range(P):
                x = vector(m.acts, row[X] + ((r * P + p) * G + g) * S, S)
                for s in range(S):
                    total += (x[s] - mean) * (x[s] - mean)
            variance = total * share
            m.acts[row[MEAN] + r * G + g], m.acts[row[VARIANCE] + r * G + g] = mean, variance
            factor = one / type(epsilon)(math.sqrt(variance + epsilon))
            for p in range(P):
                at = ((r * P + p) * G + g) * S
                x, a = vector(m.acts, row[X] + at, S), vector(m.acts, row[A] + at, S)
                normalized = vector(m.acts, row[NORMALIZED] + at, S)
                for s in range(S):
                    normalized[s] = (x[s] - mean) * factor
                    a[s] = normalized[s]
                if row[GAMMA] >= 0:
                    gamma = vector(m.params, row[GAMMA] + g * S, S)
                    for s in range(S):
                        a[s] *= gamma[s]
                if row[BETA] >= 0:
                    beta = vector(m.params, row[BETA] + g * S, S)
                    for s in range(S):
                        a[s] += beta[s]


@compiled
def backward(row, run, m):
    """dbeta = sum of da, dgamma = sum of da * normalized, over all rows and places, and with e = gamma * da

    dx = (e - mean of e - normalized * mean of (e * normalized)) / sqrt(variance + epsilon), means over the group.
    """
    P, G, S = row[PLACES], row[GROUPS], row[SIZE]
    rows = run[BATCH] * row[ROWS]
    if row[BETA] >= 0 and row[DBETA] != SKIP:
        dbeta = vector(m.grads, row[BETA], G * S)
        if row[DBETA] != ADD:
            dbeta[:] = 0
        for r in range(rows * P):
            da = vector(m.act_grads, row[A] + r * G * S, G * S)
            for s in range(G * S):
                dbeta[s] += da[s]
    if row[GAMMA] >= 0 and row[DGAMMA] != SKIP:
        dgamma = vector(m.grads, row[GAMMA], G * S)
        if row[DGAMMA] != ADD:
            dgamma[:] = 0
        for r in range(rows * P):
            da, normalized = vector(m.act_grads, row[A] + r * G * S, G * S), vector(m.acts, row[NORMALIZED] + r * G * S, G * S)
            for s in range(G * S):
                dgamma[s] += da[s] * normalized[s]
    if row[DX] == SKIP:
        return
    epsilon = m.consts[row[CONSTS]]
    one, share = type(epsilon)(1), type(epsilon)(1) / type(epsilon)(P * S)
    for r in range(rows):
        for g in range(G):
            scaled = row[GAMMA] >= 0
            total, product = one - one, one - one
            for p in range(P):
                at = ((r * P + p) * G + g) * S
                da, normalized = vector(m.act_grads, row[A] + at, S), vector(m.acts, row[NORMALIZED] + at, S)
                if scaled:
                    gamma = vector(m.params, row[GAMMA] + g * S, S)
                    for s in range(S):
                        total += gamma[s] * da[s]
                        product += gamma[s] * da[s] * normalized[s]
                else:
                    for s in range(S):
                        total += da[s]
                        product += da[s] * normalized[s]
            total, product = total * share, product * share
            factor = one / type(epsilon)(math.sqrt(m.acts[row[VARIANCE] + r * G + g] + epsilon))
            for p in range(P):
                at = ((r * P + p) * G + g) * S
                da, dx = vector(m.act_grads, row[A] + at, S), vector(m.act_grads, row[X] + at, S)
                normalized = vector(m.acts, row[NORMALIZED] + at, S)
                if row[DX] != ADD:
                    dx[:] = 0
                if scaled:
                    gamma = vector(m.params, row[GAMMA] + g * S, S)
                    for s in range(S):
                        dx[s] += factor * (gamma[s] * da[s] - total - normalized[s] * product)
                else:
                    for s in range(S):
                        dx[s] += factor * (da[s] - total - normalized[s] * product)


GROUP_NORMALIZATION = Operation("group_normalization", forward, backward)
