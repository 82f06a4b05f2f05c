"""JAX on the networks of `families`: a whole epoch is one compiled `lax.scan`, or each step one compiled call."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


def _activated(x, activation):
    return jax.nn.relu(x) if activation == "relu" else x


def conv2d(w, x, training, filters, kernel_size, activation, padding="valid"):
    kernel, bias = w
    x = lax.conv_general_dilated(x, kernel, (1, 1), padding.upper(), dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return _activated(x + bias, activation), w


def max_pooling(w, x, training):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID"), w


def flatten(w, x, training):
    return x.reshape(len(x), -1), w


def dense(w, x, training, units, activation):
    kernel, bias = w
    return _activated(x @ kernel + bias, activation), w


def activation(w, x, training, activation):
    return _activated(x, activation), w


def batch_normalization(w, x, training):
    gamma, beta, mean, variance = w
    if training:
        now = x.mean(0), x.var(0)
        x = (x - now[0]) * lax.rsqrt(now[1] + 1e-3) * gamma + beta
        return x, [gamma, beta, *(0.99 * old + 0.01 * new for old, new in zip((mean, variance), now, strict=True))]
    return (x - mean) * lax.rsqrt(variance + 1e-3) * gamma + beta, w


def lstm(w, x, training, units):
    kernel, recurrent, bias = w

    def step(state, sums):
        h, c = state
        i, f, candidate, o = jnp.split(sums + h @ recurrent, 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(candidate)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    start = jnp.zeros((len(x), units))
    return lax.scan(step, (start, start), (x @ kernel + bias).transpose(1, 0, 2))[0][0], w


def gru(w, x, training, units):
    kernel, recurrent, bias = w

    def step(h, sums):
        z, r, candidate = jnp.split(sums, 3, -1)
        z_h, r_h, candidate_h = jnp.split(h @ recurrent + bias[1], 3, -1)
        z, r = jax.nn.sigmoid(z + z_h), jax.nn.sigmoid(r + r_h)
        return z * h + (1 - z) * jnp.tanh(candidate + r * candidate_h), None

    return lax.scan(step, jnp.zeros((len(x), units)), (x @ kernel + bias[0]).transpose(1, 0, 2))[0], w


LAYERS = {
    "Conv2D": (conv2d, 2), "MaxPooling2D": (max_pooling, 0), "Flatten": (flatten, 0), "Dense": (dense, 2),
    "Activation": (activation, 0), "BatchNormalization": (batch_normalization, 4), "LSTM": (lstm, 3), "GRU": (gru, 3),
}  # fmt: skip
"""Keras's class -> (function of weights, x and whether in training, which returns outputs and weights; number of weights)."""


class Trainer:
    def __init__(self, family, data, variant):
        self.x, self.y, self.whole = jnp.asarray(data.x), jnp.asarray(data.y), variant == "scan"

        def scores(weights, x, training):
            kept, first = [], 0
            for kind, arguments in family.layers:
                layer, count = LAYERS[kind]
                x, own = layer(weights[first : first + count], x, training, **arguments)
                kept, first = [*kept, *own], first + count
            return x, kept

        def loss(weights, x, y):
            z, kept = scores(weights, x, True)
            return -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(len(y)), y]), kept

        def step(weights, rows, x, y):
            gradients, kept = jax.grad(loss, has_aux=True)(weights, x[rows], y[rows])
            return [w - family.learning_rate * g for w, g in zip(kept, gradients, strict=True)]

        self._step = jax.jit(step)
        self._epoch = jax.jit(lambda w, order, x, y: lax.scan(lambda w, rows: (step(w, rows, x, y), None), w, order)[0])
        self._scores = jax.jit(lambda weights, x: scores(weights, x, False)[0])
        self.weights = [jnp.asarray(weight) for weight in data.weights]

    @staticmethod
    def variants(family):
        return ("a call a step", "scan")

    def train(self, order):
        if self.whole:
            self.weights = self._epoch(self.weights, jnp.asarray(order), self.x, self.y)
        else:
            for rows in order:
                self.weights = self._step(self.weights, rows, self.x, self.y)
        jax.block_until_ready(self.weights)

    epoch = train

    def predict(self, x):
        return np.asarray(self._scores(self.weights, x))

    predict_one = predict
