"""Optimizers that give each parameter a rate of its own, from the squares of the gradients that it has had."""

import math

from glassnet.engine.kernel import CONSTS, LEARNING_RATE, compiled, inline
from glassnet.engine.kernels.update import numbers, slot, update, update_number, variants


@compiled
def adagrad(row, run, m):
    """a <- a + g**2; p <- p - rate * g / sqrt(a + epsilon).

    Constants: epsilon. Slots: a.
    Source: Duchi, Hazan and Singer (2011), with diagonal matrices.
    """
    if update_number(row, run) == 0:
        return
    rate, epsilon = m.consts[LEARNING_RATE], m.consts[row[CONSTS]]
    p, g = numbers(row, m.params), numbers(row, m.grads)
    squares = slot(row, m, 0)
    for i in range(p.size):
        squares_i = squares[i] + g[i] * g[i]
        squares[i] = squares_i
        p[i] -= rate * g[i] / math.sqrt(squares_i + epsilon)


@compiled
def adadelta(row, run, m):
    """a <- rho * a + (1 - rho) * g**2; d = -g * sqrt(b + epsilon) / sqrt(a + epsilon); b <- rho * b + (1 - rho) * d**2;
    p <- p + rate * d.

    Constants: rho, 1 - rho, epsilon. Slots: a, b.
    Source: Zeiler (2012), arXiv:1212.5701, algorithm 1.
    """
    if update_number(row, run) == 0:
        return
    c, k, rate = m.consts, row[CONSTS], m.consts[LEARNING_RATE]
    rho, rest, epsilon = c[k], c[k + 1], c[k + 2]
    p, g = numbers(row, m.params), numbers(row, m.grads)
    squares, steps = slot(row, m, 0), slot(row, m, 1)
    for i in range(p.size):
        squares_i = rho * squares[i] + rest * g[i] * g[i]
        step = g[i] * math.sqrt(steps[i] + epsilon) / math.sqrt(squares_i + epsilon)
        squares[i] = squares_i
        steps[i] = rho * steps[i] + rest * step * step
        p[i] -= rate * step


def rmsprop_rule(momentum, centered):
    """Gradients divided by the root of their mean square, or of their variance if `centered`."""

    def rmsprop(row, run, m):
        """v <- rho * v + (1 - rho) * g**2; step = rate * g / sqrt(v + epsilon); p <- p - step.

        Centered: a <- rho * a + (1 - rho) * g, and v - a**2 takes the place of v.
        With momentum: b <- mu * b + step, p <- p - b.
        Constants: rho, 1 - rho, mu, epsilon. Slots: v; then b, with momentum; then a, centered.
        Source: Hinton (2012), Neural networks for machine learning, lecture 6e; Graves (2013), equations 38-45.
        """
        if update_number(row, run) == 0:
            return
        c, k, rate = m.consts, row[CONSTS], m.consts[LEARNING_RATE]
        rho, rest, mu, epsilon = c[k], c[k + 1], c[k + 2], c[k + 3]
        p, g = numbers(row, m.params), numbers(row, m.grads)
        v, b, a = slot(row, m, 0), slot(row, m, int(momentum)), slot(row, m, (1 + momentum) * centered)
        zero = p.dtype.type(0)
        for i in range(p.size):
            g_i = g[i]
            v_i = rho * v[i] + rest * g_i * g_i
            v[i] = v_i
            if centered:
                a_i = rho * a[i] + rest * g_i
                a[i] = a_i
                variance = v_i - a_i * a_i
                v_i = zero if variance < zero else variance  # rounding takes it below 0 where gradients hardly change
            step = rate * g_i / math.sqrt(v_i + epsilon)
            if momentum:
                step += mu * b[i]
                b[i] = step
            p[i] -= step

    return rmsprop


def ftrl_rule(square_root):
    """Follow the regularized leader; `square_root` for the usual power -1/2, which has an instruction of its own."""

    @inline
    def power(x, exponent):
        return math.sqrt(x) if square_root else x**exponent

    def ftrl(row, run, m):
        """n' = n + g**2; z <- z + g + 2 * shrinkage * p - (n'**q - n**q) / rate * p; n <- n';
        p <- (clip(z, -l1, l1) - z) / (n'**q / rate + 2 * l2 + beta / rate), with q = -learning_rate_power.

        Constants: q, l1, l2, shrinkage, beta. Slots: n, z.
        Source: McMahan et al. (2013), algorithm 1; the shrinkage and the power are TensorFlow's.
        """
        # A rate of 0, as at the start of a warm-up, changes nothing; the formula would divide by it.
        if update_number(row, run) == 0 or m.consts[LEARNING_RATE] == 0:
            return
        c, k, rate = m.consts, row[CONSTS], m.consts[LEARNING_RATE]
        q, l1, l2, shrinkage, beta = c[k], c[k + 1], c[k + 2], c[k + 3], c[k + 4]
        p, g = numbers(row, m.params), numbers(row, m.grads)
        squares, linear = slot(row, m, 0), slot(row, m, 1)
        two = p.dtype.type(2)
        constant = two * l2 + beta / rate
        for i in range(p.size):
            g_i, p_i = g[i], p[i]
            new = squares[i] + g_i * g_i
            root = power(new, q)
            z = linear[i] + g_i + two * shrinkage * p_i - (root - power(squares[i], q)) / rate * p_i
            squares[i], linear[i] = new, z
            clipped = l1 if z > l1 else (-l1 if z < -l1 else z)
            p[i] = (clipped - z) / (root / rate + constant)

    return ftrl


ADAGRAD = update("adagrad", adagrad)
ADADELTA = update("adadelta", adadelta)
RMSPROP = variants("rmsprop", rmsprop_rule, (False, False), (False, True), (True, False), (True, True))
FTRL = variants("ftrl", ftrl_rule, (False,), (True,))
