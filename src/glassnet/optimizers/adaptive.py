"""Optimizers that give each parameter a rate of its own, from the squares of the gradients that it has had."""

import math

from glassnet.engine.kernels import adaptive
from glassnet.optimizers.optimizer import Optimizer, number, optimizers


@optimizers.add()
class Adagrad(Optimizer):
    """Gradients divided by the root of the sum of all their squares so far.

    `a <- a + g**2`, `p <- p - rate * g / sqrt(a + epsilon)` (Duchi, Hazan and Singer 2011, Adaptive subgradient
    methods for online learning and stochastic optimization).

    Arguments:
        learning_rate: See `Optimizer`, also for the arguments not listed here.
        initial_accumulator_value: What the sum of squares starts from.
        epsilon: Added under the root.

    >>> from glassnet.engine.variable import Variable
    >>> w = Variable([1.0])
    >>> _ = Adagrad(0.1, initial_accumulator_value=0.0).apply_gradients([([3.0], w)]); w.numpy()
    array([0.9], dtype=float32)
    """

    def __init__(
        self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None,
        loss_scale_factor=None, gradient_accumulation_steps=None, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.initial_accumulator_value = number("initial_accumulator_value", initial_accumulator_value)
        self.epsilon = number("epsilon", epsilon)

    def operation(self):
        return adaptive.ADAGRAD

    def constants(self):
        return (self.epsilon,)

    def slot_groups(self):
        return [{"accumulator": self.initial_accumulator_value}]


@optimizers.add()
class Adadelta(Optimizer):
    """Steps whose size follows that of the steps before, not a rate (Zeiler 2012, arXiv:1212.5701, algorithm 1).

    `a <- rho * a + (1 - rho) * g**2`, `d = -g * sqrt(b + epsilon) / sqrt(a + epsilon)`,
    `b <- rho * b + (1 - rho) * d**2`, `p <- p + rate * d`.

    Arguments:
        learning_rate: See `Optimizer`, also for the arguments not listed here. The paper has none: use 1.0 for its
            rule.
        rho: Share of both mean squares that is kept at each step, from 0 to 1.
        epsilon: Added under the roots.

    >>> from glassnet.engine.variable import Variable
    >>> w = Variable([1.0])
    >>> _ = Adadelta(1.0, rho=0.75, epsilon=0.75).apply_gradients([([1.0], w)]); w.numpy().round(3)
    array([0.134], dtype=float32)
    """

    def __init__(
        self, learning_rate=0.001, rho=0.95, epsilon=1e-7, weight_decay=None, clipnorm=None, clipvalue=None,
        global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None, loss_scale_factor=None,
        gradient_accumulation_steps=None, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.rho = number("rho", rho, most=1)
        self.epsilon = number("epsilon", epsilon)

    def operation(self):
        return adaptive.ADADELTA

    def constants(self):
        return self.rho, 1 - self.rho, self.epsilon

    def slot_groups(self):
        return [{"accumulated_grad": 0.0, "accumulated_delta_var": 0.0}]


@optimizers.add("rmsprop")
class RMSprop(Optimizer):
    """Gradients divided by the root of their running mean square (Hinton 2012, lecture 6e of Neural networks for
    machine learning).

    `v <- rho * v + (1 - rho) * g**2`, `p <- p - rate * g / sqrt(v + epsilon)`.

    Arguments:
        learning_rate: See `Optimizer`, also for the arguments not listed here.
        rho: Share of the mean square that is kept at each step, from 0 to 1.
        momentum: Share of the last step that is made again.
        epsilon: Added under the root.
        centered: Whether the square of the mean is subtracted from the mean square, which leaves the variance (Graves
            2013, arXiv:1308.0850, equations 38-45).

    >>> from glassnet.engine.variable import Variable
    >>> w = Variable([1.0])
    >>> _ = RMSprop(learning_rate=0.1, rho=0.75).apply_gradients([([3.0], w)]); w.numpy().round(3)
    array([0.8], dtype=float32)
    """

    def __init__(
        self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, weight_decay=None,
        clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99,
        ema_overwrite_frequency=None, loss_scale_factor=None, gradient_accumulation_steps=None, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.rho = number("rho", rho, most=1)
        self.momentum = number("momentum", momentum, most=1)
        self.epsilon = number("epsilon", epsilon)
        self.centered = bool(centered)

    def operation(self):
        return adaptive.RMSPROP[self.momentum > 0, self.centered]

    def constants(self):
        return self.rho, 1 - self.rho, self.momentum, self.epsilon

    def slot_groups(self):
        momentum = [{"momentum": 0.0}] if self.momentum > 0 else []
        return [{"velocity": 0.0}, *momentum, *([{"average_gradient": 0.0}] if self.centered else [])]


@optimizers.add()
class Ftrl(Optimizer):
    """Follow the regularized leader: large L1 strengths make weights exactly 0 (McMahan et al. 2013, Ad click
    prediction, algorithm 1).

    With `q = -learning_rate_power`: `n' = n + g**2`, `z <- z + g + 2 * shrinkage * p - (n'**q - n**q) / rate * p`,
    `p <- (clip(z, -l1, l1) - z) / (n'**q / rate + 2 * l2 + beta / rate)`, `n <- n'`. A rate of 0 changes nothing.

    Arguments:
        learning_rate: See `Optimizer`, also for the arguments not listed here.
        learning_rate_power: How the rate falls with the sum of squares n: -0.5 for its root, 0 for a fixed rate.
        initial_accumulator_value: What n starts from.
        l1_regularization_strength: l1, not negative.
        l2_regularization_strength: l2, not negative.
        l2_shrinkage_regularization_strength: A penalty on the size of the weights that is part of the gradient.
        beta: The paper's beta, not negative.

    >>> from glassnet.engine.variable import Variable
    >>> w = Variable([0.0, 0.0])
    >>> _ = Ftrl(0.1, l1_regularization_strength=1.0).apply_gradients([([3.0, 0.5], w)]); w.numpy().round(3)
    array([-0.066,  0.   ], dtype=float32)
    """

    def __init__(
        self, learning_rate=0.001, learning_rate_power=-0.5, initial_accumulator_value=0.1,
        l1_regularization_strength=0.0, l2_regularization_strength=0.0, l2_shrinkage_regularization_strength=0.0,
        beta=0.0, weight_decay=None, clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False,
        ema_momentum=0.99, ema_overwrite_frequency=None, loss_scale_factor=None, gradient_accumulation_steps=None,
        name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.learning_rate_power = number("learning_rate_power", learning_rate_power, least=-math.inf, most=0.0)
        self.initial_accumulator_value = number("initial_accumulator_value", initial_accumulator_value)
        self.l1_regularization_strength = number("l1_regularization_strength", l1_regularization_strength)
        self.l2_regularization_strength = number("l2_regularization_strength", l2_regularization_strength)
        self.l2_shrinkage_regularization_strength = number(
            "l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength
        )
        self.beta = number("beta", beta)

    def operation(self):
        return adaptive.FTRL[(self.learning_rate_power == -0.5,)]

    def constants(self):
        strengths = self.l1_regularization_strength, self.l2_regularization_strength
        return -self.learning_rate_power, *strengths, self.l2_shrinkage_regularization_strength, self.beta

    def slot_groups(self):
        return [{"accumulator": self.initial_accumulator_value, "linear": 0.0}]
