"""Learning-rate schedules: the learning rate as a function of the number of training steps done."""

import inspect
from numbers import Real

import numpy as np

from glassnet.registry import Configurable, Registry

schedules = Registry("learning rate schedule")


def _number(name, value, least=-np.inf, above=-np.inf):
    """`value`, if it is a finite number that is at least `least` and greater than `above`."""
    if isinstance(value, Real) and np.isfinite(value) and value >= least and value > above:
        return value
    bound = f" of at least {least}" if least > -np.inf else f" greater than {above}" if above > -np.inf else ""
    raise ValueError(f"Expected `{name}` to be a finite number{bound}. Received: {name}={value!r}.")


class LearningRateSchedule(Configurable):
    """The base of all schedules. An optimizer takes one in place of a number as its `learning_rate`.

    A schedule of your own overrides `__call__(step)` and, to be saved with a model, `get_config()`.

    >>> class Halved(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 if step < 2 else 0.05
    >>> Halved().rates([0, 1, 2])
    array([0.1 , 0.1 , 0.05])
    """

    def __call__(self, step):
        """The learning rate of step number `step`, counted from 0."""
        raise NotImplementedError(f"Expected {type(self).__name__} to define __call__(self, step). Do so.")

    def rates(self, steps):
        """The learning rates of several steps, as the training loop wants them.

        They are asked for one at a time, because a schedule of your own may hold an `if` on the step.

        Arguments:
            steps: Step numbers, a sequence of N integers.

        Returns:
            A float64 array of shape (N,).
        """
        return np.array([float(self(step)) for step in steps], dtype=np.float64)


class _Formula(LearningRateSchedule):
    """A schedule whose `__call__` takes an array of steps as well as one step, and answers in float64."""

    def rates(self, steps):
        return self(np.asarray(steps, dtype=np.int64))

    def get_config(self):
        """The arguments of `__init__`, each of which is kept as an attribute of the same name."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}


@schedules.add()
class ExponentialDecay(_Formula):
    """Multiplies the rate by `decay_rate` every `decay_steps` steps:
    `rate = initial_learning_rate * decay_rate ** (step / decay_steps)`.

    Arguments:
        initial_learning_rate: The rate of step 0.
        decay_steps: Number of steps over which the rate falls by one factor `decay_rate`; positive.
        decay_rate: The factor, not negative.
        staircase: Whether the exponent is rounded down, so that the rate falls in steps.
        name: A name for the schedule.

    >>> ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)([0, 10, 20])
    array([0.1  , 0.05 , 0.025])
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="ExponentialDecay"):
        self.initial_learning_rate = _number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = _number("decay_steps", decay_steps, above=0)
        self.decay_rate = _number("decay_rate", decay_rate, least=0)
        self.staircase = staircase
        self.name = name

    def __call__(self, step):
        periods = np.asarray(step, dtype=np.float64) / self.decay_steps
        if self.staircase:
            periods = np.floor(periods)
        return self.initial_learning_rate * self.decay_rate**periods


@schedules.add()
class PiecewiseConstantDecay(_Formula):
    """A list of rates, each valid up to and including its boundary; the last one from there on.

    Arguments:
        boundaries: N - 1 step numbers in increasing order.
        values: N rates.
        name: A name for the schedule.

    >>> PiecewiseConstantDecay([100, 110], [1.0, 0.5, 0.1])([100, 101, 110, 111])
    array([1. , 0.5, 0.5, 0.1])
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        self.boundaries = [_number("boundaries", boundary) for boundary in boundaries]
        self.values = [_number("values", value) for value in values]
        self.name = name
        if len(self.boundaries) != len(self.values) - 1:
            raise ValueError(
                "Expected one value more than boundaries. "
                f"Received: {len(self.boundaries)} boundaries and {len(self.values)} values."
            )
        if any(low >= high for low, high in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise ValueError(f"Expected boundaries in increasing order. Received: boundaries={self.boundaries}.")

    def __call__(self, step):
        # side="left": a step that equals a boundary still belongs to the piece before it.
        piece = np.searchsorted(self.boundaries, step, side="left")
        return np.asarray(self.values, dtype=np.float64)[piece]


@schedules.add()
class PolynomialDecay(_Formula):
    """Falls from one rate to another along a power of the steps that are left:
    `rate = (initial - end) * (1 - step / decay_steps) ** power + end`, and stays there.

    Arguments:
        initial_learning_rate: The rate of step 0.
        decay_steps: Number of steps until `end_learning_rate` is reached; positive.
        end_learning_rate: The rate at the end.
        power: The exponent, not negative; 1 is a straight line.
        cycle: Whether to go on in longer and longer cycles: past the end, `decay_steps` is replaced by its smallest
            multiple that is not below `step`.
        name: A name for the schedule.

    >>> PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)([0, 5, 10, 15])
    array([0.1 , 0.05, 0.  , 0.  ])
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        end_learning_rate=0.0001,
        power=1.0,
        cycle=False,
        name="PolynomialDecay",
    ):
        self.initial_learning_rate = _number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = _number("decay_steps", decay_steps, above=0)
        self.end_learning_rate = _number("end_learning_rate", end_learning_rate)
        self.power = _number("power", power, least=0)
        self.cycle = cycle
        self.name = name

    def __call__(self, step):
        done = np.asarray(step, dtype=np.float64) / self.decay_steps
        if self.cycle:
            done = done / np.maximum(np.ceil(done), 1.0)
        left = 1.0 - np.minimum(done, 1.0)
        return (self.initial_learning_rate - self.end_learning_rate) * left**self.power + self.end_learning_rate


@schedules.add()
class InverseTimeDecay(_Formula):
    """Divides the rate by the time that has passed: `rate = initial / (1 + decay_rate * step / decay_steps)`.

    Arguments:
        initial_learning_rate: The rate of step 0.
        decay_steps: Number of steps that count as one unit of time; positive.
        decay_rate: How fast the divisor grows with each unit of time; not negative.
        staircase: Whether time is rounded down to whole units.
        name: A name for the schedule.

    >>> InverseTimeDecay(0.1, decay_steps=10, decay_rate=1.0)([0, 10, 40])
    array([0.1 , 0.05, 0.02])
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="InverseTimeDecay"):
        self.initial_learning_rate = _number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = _number("decay_steps", decay_steps, above=0)
        self.decay_rate = _number("decay_rate", decay_rate, least=0)
        self.staircase = staircase
        self.name = name

    def __call__(self, step):
        time = np.asarray(step, dtype=np.float64) / self.decay_steps
        if self.staircase:
            time = np.floor(time)
        return self.initial_learning_rate / (1.0 + self.decay_rate * time)


@schedules.add()
class CosineDecay(_Formula):
    """Half a cosine wave from the first rate down to a share `alpha` of it, after a linear warm-up if asked for.

    `rate = top * ((1 - alpha) * (1 + cos(pi * done)) / 2 + alpha)`, where `done` runs from 0 to 1 over `decay_steps`
    (Loshchilov and Hutter 2017, SGDR, arXiv:1608.03983, eq. 5). With a warm-up, the rate climbs in a straight line
    from `initial_learning_rate` to `top = warmup_target` first (Goyal et al. 2017, arXiv:1706.02677, section 2.2).

    Arguments:
        initial_learning_rate: The rate of step 0.
        decay_steps: Number of steps of the decay, not counting the warm-up; positive.
        alpha: The rate at the end, as a share of the rate at the top.
        name: A name for the schedule.
        warmup_target: The rate at the end of the warm-up; None for no warm-up.
        warmup_steps: Number of steps of the warm-up; not negative.

    >>> CosineDecay(0.0, decay_steps=10, warmup_target=0.1, warmup_steps=2)([0, 1, 2, 7, 12])
    array([0.  , 0.05, 0.1 , 0.05, 0.  ])
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        name="CosineDecay",
        warmup_target=None,
        warmup_steps=0,
    ):
        self.initial_learning_rate = _number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = _number("decay_steps", decay_steps, above=0)
        self.alpha = _number("alpha", alpha)
        self.name = name
        self.warmup_target = warmup_target if warmup_target is None else _number("warmup_target", warmup_target)
        self.warmup_steps = _number("warmup_steps", warmup_steps, least=0)

    def __call__(self, step):
        step = np.asarray(step, dtype=np.float64)
        if self.warmup_target is None:
            return self._decayed(self.initial_learning_rate, step)
        decayed = self._decayed(self.warmup_target, step - self.warmup_steps)
        if self.warmup_steps == 0:
            return decayed
        slope = (self.warmup_target - self.initial_learning_rate) / self.warmup_steps
        return np.where(step < self.warmup_steps, self.initial_learning_rate + slope * step, decayed)[()]

    def _decayed(self, top, step):
        done = np.minimum(step / self.decay_steps, 1.0)
        return top * ((1.0 - self.alpha) * 0.5 * (1.0 + np.cos(np.pi * done)) + self.alpha)


@schedules.add()
class CosineDecayRestarts(_Formula):
    """Cosine decay that starts again from the top, each cycle longer than the one before
    (Loshchilov and Hutter 2017, SGDR, arXiv:1608.03983, eq. 5).

    Arguments:
        initial_learning_rate: The rate at the top of the first cycle.
        first_decay_steps: Length of the first cycle in steps; positive.
        t_mul: Length of a cycle divided by that of the one before; at least 1.
        m_mul: Top of a cycle divided by that of the one before; not negative.
        alpha: The rate at the bottom, as a share of `initial_learning_rate`.
        name: A name for the schedule.

    >>> CosineDecayRestarts(0.1, first_decay_steps=10, m_mul=0.5)([0, 5, 10, 20, 30])
    array([0.1  , 0.05 , 0.05 , 0.025, 0.025])
    """

    def __init__(self, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name="SGDRDecay"):
        self.initial_learning_rate = _number("initial_learning_rate", initial_learning_rate)
        self.first_decay_steps = _number("first_decay_steps", first_decay_steps, above=0)
        # Cycles that become shorter and shorter would all be over after a finite number of steps.
        self.t_mul = _number("t_mul", t_mul, least=1)
        self.m_mul = _number("m_mul", m_mul, least=0)
        self.alpha = _number("alpha", alpha)
        self.name = name

    def __call__(self, step):
        time = np.asarray(step, dtype=np.float64) / self.first_decay_steps
        # The small summand keeps a step at which a cycle begins from being rounded into the cycle before.
        if self.t_mul == 1:
            cycle = np.floor(time + 1e-9)
            done = time - cycle
        else:
            # The first n cycles last 1 + t + ... + t^(n-1) = (t^n - 1) / (t - 1) in units of the first one.
            cycle = np.floor(np.log1p(time * (self.t_mul - 1.0)) / np.log(self.t_mul) + 1e-9)
            length = self.t_mul**cycle
            done = (time - (length - 1.0) / (self.t_mul - 1.0)) / length
        wave = 0.5 * self.m_mul**cycle * (1.0 + np.cos(np.pi * done))
        return self.initial_learning_rate * ((1.0 - self.alpha) * wave + self.alpha)


get = schedules.get
serialize = schedules.serialize
deserialize = schedules.deserialize
