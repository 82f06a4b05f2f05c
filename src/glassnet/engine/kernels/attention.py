"""Scaled dot-product attention: how well each query fits each key, and the mean of values that follows from it.

Source: Vaswani et al., "Attention Is All You Need" (2017), equation 1. Between the two operations stand a softmax and a dropout,
operations of their own.
"""

import numpy as np

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import (
    ADD,
    CONSTS,
    MULTIPLY,
    SCRATCH,
    SKIP,
    WHOLE,
    call,
    columns,
    compiled,
    half_of_batch,
    inline,
    vector,
)

MASKED = -1e9
"""The score of a pair that may not be: e to the power of it, less the largest score, is 0."""


@inline
def _multiply(run, transposed, a, a_row, a_k, b, b_row, c, c_row, M, N, K, add):
    """c (M, N) = or += a (M, K) @ b (K, N), or @ b (N, K).T, of arrays that begin at the given views; strides in elements."""
    s = c.itemsize
    places = np.int64(a.ctypes.data), np.int64(b.ctypes.data), np.int64(c.ctypes.data)
    job = (transposed, places[0], a_row * s, a_k * s, places[1], b_row * s, places[2], c_row * s, M, N, K, add)
    call(run[MULTIPLY], (WHOLE, job, c))


QUERY, KEY, MASK, SCORES, QUERIES, KEYS, HEADS, DEPTH, MASK_ROWS, CAUSAL, DQUERY, DKEY, DMASK = columns(13)


@inline
def _is_masked(row, m, b, t, s):
    """Whether query t of example b may not look at key s."""
    if row[CAUSAL] and s > t:
        return True
    rows = row[MASK_ROWS]
    return rows > 0 and m.acts[row[MASK] + (b * rows + (t if rows > 1 else 0)) * row[KEYS] + s] == 0


@compiled
def scores_forward(row, run, m):
    """scores[n, t, s] = query[t, n] . key[s, n] * scale for each head n; a very low number where t may not look at s.

    Reads query (B, T, N, D), key (B, S, N, D) and, where there is one, mask (B, S) or (B, T, S) of 0 and 1; writes scores
    (B, N, T, S). Constant: scale. CAUSAL: a query looks at nothing behind its own place.
    """
    T, S, N, D = row[QUERIES], row[KEYS], row[HEADS], row[DEPTH]
    scale = m.consts[row[CONSTS]]
    begin, end = half_of_batch(row, run, 1)
    for b in range(begin, end):
        for n in range(N):
            query = vector(m.acts, row[QUERY] + (b * T * N + n) * D, T * N * D - n * D)
            key = vector(m.acts, row[KEY] + (b * S * N + n) * D, S * N * D - n * D)
            flat = vector(m.acts, row[SCORES] + (b * N + n) * T * S, T * S)
            _multiply(run, 1, query, N * D, 1, key, N * D, flat, S, T, S, D, 0)
            for i in range(T * S):
                flat[i] *= scale
            if row[CAUSAL] or row[MASK_ROWS] > 0:
                for t in range(T):
                    for s in range(S):
                        if _is_masked(row, m, b, t, s):
                            flat[t * S + s] = MASKED


@compiled
def scores_backward(row, run, m):
    """dquery[t, n] = scale * sum over s of dscores[n, t, s] * key[s, n]; dkey[s, n] = scale * sum over t of the same with query.

    Pairs that may not be count for nothing. Scratch for each example: (T, S).
    """
    T, S, N, D = row[QUERIES], row[KEYS], row[HEADS], row[DEPTH]
    scale = m.consts[row[CONSTS]]
    begin, end = half_of_batch(row, run, 1)
    for b in range(begin, end):
        scaled = vector(m.scratch, row[SCRATCH] + b * T * S, T * S)
        for n in range(N):
            dscores = vector(m.act_grads, row[SCORES] + (b * N + n) * T * S, T * S)
            for i in range(T * S):
                scaled[i] = dscores[i] * scale
            if row[CAUSAL] or row[MASK_ROWS] > 0:
                for t in range(T):
                    for s in range(S):
                        if _is_masked(row, m, b, t, s):
                            scaled[t * S + s] = 0
            at_query, at_key = (b * T * N + n) * D, (b * S * N + n) * D
            if row[DQUERY] != SKIP:
                dquery = vector(m.act_grads, row[QUERY] + at_query, (T * N - n) * D)
                key = vector(m.acts, row[KEY] + at_key, (S * N - n) * D)
                _multiply(run, 0, scaled, S, 1, key, N * D, dquery, N * D, T, D, S, int(row[DQUERY] == ADD))
            if row[DKEY] != SKIP:
                dkey = vector(m.act_grads, row[KEY] + at_key, (S * N - n) * D)
                query = vector(m.acts, row[QUERY] + at_query, (T * N - n) * D)
                _multiply(run, 0, scaled, 1, S, query, N * D, dkey, N * D, S, D, T, int(row[DKEY] == ADD))


ATTENTION_SCORES = Operation("attention_scores", Halves(scores_forward), Halves(scores_backward))

WEIGHTS, VALUE, CONTEXT, MIX_QUERIES, MIX_KEYS, MIX_HEADS, MIX_DEPTH, DWEIGHTS, DVALUE = columns(9)


@compiled
def mix_forward(row, run, m):
    """context[t, n] = sum over s of weights[n, t, s] * value[s, n]: the mean of the values that each query looks at.

    Reads weights (B, N, T, S), value (B, S, N, D); writes context (B, T, N, D).
    """
    T, S, N, D = row[MIX_QUERIES], row[MIX_KEYS], row[MIX_HEADS], row[MIX_DEPTH]
    begin, end = half_of_batch(row, run, 1)
    for b in range(begin, end):
        for n in range(N):
            weights = vector(m.acts, row[WEIGHTS] + (b * N + n) * T * S, T * S)
            value = vector(m.acts, row[VALUE] + (b * S * N + n) * D, (S * N - n) * D)
            context = vector(m.acts, row[CONTEXT] + (b * T * N + n) * D, (T * N - n) * D)
            _multiply(run, 0, weights, S, 1, value, N * D, context, N * D, T, D, S, 0)


@compiled
def mix_backward(row, run, m):
    """dweights[n, t, s] = dcontext[t, n] . value[s, n]; dvalue[s, n] = sum over t of weights[n, t, s] * dcontext[t, n]."""
    T, S, N, D = row[MIX_QUERIES], row[MIX_KEYS], row[MIX_HEADS], row[MIX_DEPTH]
    begin, end = half_of_batch(row, run, 1)
    for b in range(begin, end):
        for n in range(N):
            at_weights, at_value = (b * N + n) * T * S, (b * S * N + n) * D
            dcontext = vector(m.act_grads, row[CONTEXT] + (b * T * N + n) * D, (T * N - n) * D)
            if row[DWEIGHTS] != SKIP:
                dweights = vector(m.act_grads, row[WEIGHTS] + at_weights, T * S)
                value = vector(m.acts, row[VALUE] + at_value, (S * N - n) * D)
                _multiply(run, 1, dcontext, N * D, 1, value, N * D, dweights, S, T, S, D, int(row[DWEIGHTS] == ADD))
            if row[DVALUE] != SKIP:
                dvalue = vector(m.act_grads, row[VALUE] + at_value, (S * N - n) * D)
                weights = vector(m.acts, row[WEIGHTS] + at_weights, T * S)
                _multiply(run, 0, weights, 1, S, dcontext, N * D, dvalue, N * D, S, D, T, int(row[DVALUE] == ADD))


ATTENTION_MIX = Operation("attention_mix", Halves(mix_forward), Halves(mix_backward))
