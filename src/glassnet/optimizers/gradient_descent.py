"""Gradient descent, and steps by its sign."""

from glassnet.engine.kernels import update
from glassnet.optimizers.optimizer import Optimizer, number, optimizers


@optimizers.add()
class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked for.

    `p <- p - rate * g`; with momentum `v <- momentum * v - rate * g`, `p <- p + v`; with Nesterov's
    `p <- p + momentum * v - rate * g` (Sutskever et al. 2013, On the importance of initialization and momentum).

    Arguments:
        learning_rate: See `Optimizer`, also for the arguments not listed here.
        momentum: Share of the last step that is made again, from 0 to 1.
        nesterov: Whether the gradient is taken as if at the place that the momentum leads to.

    >>> from glassnet.engine.variable import Variable
    >>> w, optimizer = Variable([1.0]), SGD(learning_rate=0.1, momentum=0.5)
    >>> for _ in range(2): _ = optimizer.apply_gradients([([1.0], w)])
    >>> w.numpy()
    array([0.75], dtype=float32)
    """

    def __init__(
        self, learning_rate=0.01, momentum=0.0, nesterov=False, weight_decay=None, clipnorm=None, clipvalue=None,
        global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None, loss_scale_factor=None,
        gradient_accumulation_steps=None, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.momentum = number("momentum", momentum, most=1)
        self.nesterov = bool(nesterov)

    def operation(self):
        return update.SGD[self.momentum != 0, self.momentum != 0 and self.nesterov]

    def constants(self):
        return (self.momentum,)

    def slot_groups(self):
        return [{"momentum": 0.0}] if self.momentum else []


@optimizers.add()
class Lion(Optimizer):
    """Evolved sign momentum: every parameter moves by the rate itself, up or down (Chen et al. 2023, arXiv:2302.06675,
    algorithm 2).

    `p <- p - rate * sign(beta_1 * m + (1 - beta_1) * g)`, `m <- beta_2 * m + (1 - beta_2) * g`. Rates are usually 3 to
    10 times smaller than Adam's.

    Arguments:
        learning_rate: See `Optimizer`, also for the arguments not listed here.
        beta_1: Share of the running mean in the direction of the step, above 0 and up to 1.
        beta_2: Share of the running mean that is kept at each step, from 0 to 1.

    >>> from glassnet.engine.variable import Variable
    >>> w = Variable([1.0, 1.0])
    >>> _ = Lion(learning_rate=0.25).apply_gradients([([3.0, -0.01], w)]); w.numpy()
    array([0.75, 1.25], dtype=float32)
    """

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.99, weight_decay=None, clipnorm=None, clipvalue=None,
        global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None, loss_scale_factor=None,
        gradient_accumulation_steps=None, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_1, self.beta_2 = number("beta_1", beta_1, most=1), number("beta_2", beta_2, most=1)
        if beta_1 == 0:
            raise ValueError("Expected `beta_1` above 0, without which no mean is used. Received: beta_1=0. Use SGD.")

    def operation(self):
        return update.LION

    def constants(self):
        return self.beta_1, 1 - self.beta_1, self.beta_2, 1 - self.beta_2

    def slot_groups(self):
        return [{"momentum": 0.0}]
