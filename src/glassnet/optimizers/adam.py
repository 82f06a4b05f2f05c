"""Adam and its kin."""

from glassnet.engine.kernels import adam
from glassnet.optimizers.optimizer import Optimizer, number, optimizers


def beta(name, value):
    """A share of a running mean that is kept: from 0 to just under 1."""
    number(name, value, most=1)
    if value == 1:
        raise ValueError(f"Expected `{name}` to be less than 1, or nothing is learnt. Received: {name}={value!r}.")
    return value


@optimizers.add()
class Adam(Optimizer):
    """Adaptive moments: the running mean of the gradient, divided by the root of its running mean square.

    `m <- m + (g - m) * (1 - beta_1)`, `v <- v + (g**2 - v) * (1 - beta_2)`, `p <- p - alpha * m / (sqrt(v) + epsilon)`
    with `alpha = rate * sqrt(1 - beta_2**t) / (1 - beta_1**t)` at step t (Kingma and Ba 2015, arXiv:1412.6980, section
    2).

    Arguments:
        learning_rate: See `Optimizer`, also for the arguments not listed here.
        beta_1: Share of the mean that is kept at each step, from 0 to just under 1.
        beta_2: Share of the mean square that is kept at each step.
        epsilon: Added to the root; the paper's "epsilon hat".
        amsgrad: Whether to divide by the largest mean square so far (Reddi et al. 2018, arXiv:1904.09237).

    >>> from glassnet.engine.variable import Variable
    >>> w = Variable([1.0, 1.0])
    >>> _ = Adam(learning_rate=0.1).apply_gradients([([3.0, -0.01], w)]); w.numpy().round(3)
    array([0.9, 1.1], dtype=float32)
    """

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, weight_decay=None,
        clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99,
        ema_overwrite_frequency=None, loss_scale_factor=None, gradient_accumulation_steps=None, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_1, self.beta_2 = beta("beta_1", beta_1), beta("beta_2", beta_2)
        self.epsilon = number("epsilon", epsilon)
        self.amsgrad = bool(amsgrad)

    def operation(self):
        return adam.ADAM[(self.amsgrad,)]

    def constants(self):
        return 1 - self.beta_1, 1 - self.beta_2, self.epsilon

    def slot_groups(self):
        groups = [{"momentum": 0.0, "velocity": 0.0}]
        return [*groups, {"velocity_hat": 0.0}] if self.amsgrad else groups


@optimizers.add("adamw")
class AdamW(Adam):
    """Adam with a weight decay that is no part of its running means (Loshchilov and Hutter 2019, arXiv:1711.05101).

    Arguments: those of `Adam`; `weight_decay` must be a number.

    >>> from glassnet.engine.variable import Variable
    >>> w = Variable([1.0])
    >>> _ = AdamW(learning_rate=0.1, weight_decay=0.5).apply_gradients([([0.0], w)]); w.numpy()
    array([0.95], dtype=float32)
    """

    def __init__(
        self, learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False,
        clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99,
        ema_overwrite_frequency=None, loss_scale_factor=None, gradient_accumulation_steps=None, name=None, **kwargs,
    ):  # fmt: skip
        if weight_decay is None:
            raise ValueError("Expected a number for `weight_decay`. Received: weight_decay=None. Use Adam for no decay.")
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, clipnorm, clipvalue, global_clipnorm,
            use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name,
            **kwargs,
        )  # fmt: skip


@optimizers.add()
class Adamax(Optimizer):
    """Adam with the largest gradient, fading, in place of the mean square.

    `m <- m + (g - m) * (1 - beta_1)`, `u <- max(beta_2 * u, |g|)`, `p <- p - rate * m / ((1 - beta_1**t) * (u +
    epsilon))` at step t (Kingma and Ba 2015, arXiv:1412.6980, section 7.1).

    Arguments:
        learning_rate: See `Optimizer`, also for the arguments not listed here.
        beta_1: Share of the mean that is kept at each step, from 0 to just under 1.
        beta_2: How the largest gradient fades at each step.
        epsilon: Added to the largest gradient.

    >>> from glassnet.engine.variable import Variable
    >>> w = Variable([1.0])
    >>> _ = Adamax(learning_rate=0.1).apply_gradients([([3.0], w)]); w.numpy().round(3)
    array([0.9], dtype=float32)
    """

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None,
        loss_scale_factor=None, gradient_accumulation_steps=None, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_1, self.beta_2 = beta("beta_1", beta_1), beta("beta_2", beta_2)
        self.epsilon = number("epsilon", epsilon)

    def operation(self):
        return adam.ADAMAX

    def constants(self):
        return 1 - self.beta_1, self.beta_2, self.epsilon

    def slot_groups(self):
        return [{"momentum": 0.0, "norm": 0.0}]


@optimizers.add()
class Nadam(Optimizer):
    """Adam with Nesterov's momentum (Dozat 2016, Incorporating Nesterov momentum into Adam, algorithm 2).

    Arguments:
        learning_rate: See `Optimizer`, also for the arguments not listed here.
        beta_1: Share of the mean that is kept at each step, from 0 to just under 1.
        beta_2: Share of the mean square that is kept at each step.
        epsilon: Added to the root.

    >>> from glassnet.engine.variable import Variable
    >>> w = Variable([1.0])
    >>> _ = Nadam(learning_rate=0.1).apply_gradients([([3.0], w)]); w.numpy().round(3)
    array([0.894], dtype=float32)
    """

    once_a_step = adam.NADAM_PRODUCT

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None,
        loss_scale_factor=None, gradient_accumulation_steps=None, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_1, self.beta_2 = beta("beta_1", beta_1), beta("beta_2", beta_2)
        self.epsilon = number("epsilon", epsilon)

    def operation(self):
        return adam.NADAM

    def constants(self):
        return 1 - self.beta_1, 1 - self.beta_2, self.epsilon

    def slot_groups(self):
        return [{"momentum": 0.0, "velocity": 0.0}]

    def scalars(self):
        return {"u_product": 1.0}
