"""What all optimizers share: the learning rate, their own numbers, and the plan of one update."""

import inspect
import re
import warnings
from numbers import Real

import numpy as np

from glassnet.engine.kernels.update import MULTIPLY_RATE
from glassnet.engine.variable import Variable
from glassnet.optimizers.slots import Slots
from glassnet.optimizers.update_by_hand import UpdateByHand
from glassnet.optimizers.update_plan import constants, plan_update, structure
from glassnet.registry import Configurable, Registry, snake_case
from glassnet.schedules import LearningRateSchedule, schedules

optimizers = Registry("optimizer")


def number(name, value, least=0.0, most=np.inf):
    """`value`, if it is a finite number between `least` and `most`."""
    if isinstance(value, Real) and not isinstance(value, bool) and np.isfinite(value) and least <= value <= most:
        return value
    raise ValueError(f"Expected `{name}` to be a finite number from {least} to {most}. Received: {name}={value!r}.")


class Optimizer(Configurable):
    """The base of all optimizers: what is done to gradients and parameters around the rule of each.

    An update first clips the gradients, then decays the weights, then follows the optimizer's rule, then takes the
    running average of the parameters.

    Arguments:
        learning_rate: A number that is not negative, a `LearningRateSchedule`, or a function without arguments that is
            asked once a step. `lr` is its old name.
        weight_decay: Share of each parameter, times the learning rate, that is taken off at each update; None for no
            decay.
        clipnorm: Largest norm of the gradient of one variable; None or 0 for no limit.
        clipvalue: Largest absolute value of each number of the gradient.
        global_clipnorm: Largest norm of all gradients together. Only one of the three may be given.
        use_ema: Whether to keep a running (exponential) average of the parameters.
        ema_momentum: Share of that average that is kept at each step, from 0 to 1.
        ema_overwrite_frequency: After how many updates the parameters are set to their average; None for the end of
            training only (`finalize_variable_values`).
        loss_scale_factor: Not supported, as it serves half precision; only None.
        gradient_accumulation_steps: Number of steps, at least 2, whose mean gradient makes one update; None for every
            step.
        name: A name for the optimizer.

    Attributes: `slots`, a `Vector` of what the optimizer keeps for each variable; `steps`, a `Variable` that counts
    mini-batches. Setting both in place resumes a training run exactly.

    A subclass gives `operation()`, `constants()` and `slot_groups()`.
    """

    once_a_step = None  # an operation that comes before the rule's, once and not for each range of parameters

    def __init__(
        self,
        learning_rate,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        lr=None,
        decay=None,
        **unknown,
    ):
        if decay is not None:
            warnings.warn("`decay` is ignored, as in Keras 3. Use a schedule such as InverseTimeDecay.", stacklevel=3)
        if unknown:
            known = ", ".join(key for key in inspect.signature(type(self)).parameters if key != "kwargs")
            raise ValueError(f"Expected arguments among {known}. Received: {', '.join(unknown)}.")
        clips = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        if sum(value is not None for value in clips.values()) > 1:
            raise ValueError(f"Expected only one of clipnorm, clipvalue and global_clipnorm. Received: {clips}.")
        if loss_scale_factor is not None:
            raise ValueError(
                "Expected loss_scale_factor=None, because it serves half precision, which glassnet does not have. "
                f"Received: loss_scale_factor={loss_scale_factor!r}."
            )
        for label, value, least in (
            ("gradient_accumulation_steps", gradient_accumulation_steps, 2),
            ("ema_overwrite_frequency", ema_overwrite_frequency, 1),
        ):
            if value is not None and (not isinstance(value, int) or value < least):
                raise ValueError(f"Expected `{label}` to be an integer of at least {least}. Received: {label}={value!r}.")
        self.name = name or snake_case(type(self).__name__)
        self.weight_decay = None if weight_decay is None else number("weight_decay", weight_decay)
        self.clipnorm, self.clipvalue, self.global_clipnorm = (
            None if value is None else number(key, value) for key, value in clips.items()
        )
        self.use_ema, self.ema_momentum = bool(use_ema), number("ema_momentum", ema_momentum, most=1)
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.steps = Variable(0, "iteration", trainable=False, dtype="int64", path=f"{self.name}/iteration")
        self._kept = self._structure = self._rate = None
        self._undecayed = ((), None)
        self.learning_rate = learning_rate if lr is None else lr

    # The rule: what subclasses give.

    def operation(self):
        """The engine's `Operation` that makes the update."""
        raise NotImplementedError(f"Expected {type(self).__name__} to define operation(). Do so.")

    def constants(self):
        """The numbers that the operation reads, as many whatever the arguments are."""
        return ()

    def slot_groups(self):
        """`[{slot: its first value}]`: what is kept for each parameter. The groups are listed one after the other in
        `variables`; within a group, each variable has all its slots together, as in Keras."""
        return []

    def scalars(self):
        """`{name: first value}` of numbers that are kept once, not for each parameter."""
        return {}

    # The learning rate.

    @property
    def learning_rate(self):
        """The current rate: a `Variable` where it is a number, else what the schedule says for this step."""
        if isinstance(self._rate, LearningRateSchedule):
            return float(self._rate(int(self.steps)))
        return self._rate() if callable(self._rate) else self._rate

    @learning_rate.setter
    def learning_rate(self, rate):
        if isinstance(rate, Variable):
            rate = float(rate)
        if callable(rate):
            self._rate = rate
        elif isinstance(self._rate, LearningRateSchedule):
            raise TypeError(
                "Expected no other learning rate, because this optimizer follows a schedule. "
                f"Received: learning_rate={rate!r}. Create the optimizer with a number to set it later."
            )
        else:
            rate = number("learning_rate", rate)
            if isinstance(self._rate, Variable):
                self._rate.assign(rate)
            else:
                self._rate = Variable(rate, "learning_rate", False, "float64", f"{self.name}/learning_rate")

    def rates(self, first_iteration, count):
        """The learning rates of `count` steps from step number `first_iteration` on: float64, (count,)."""
        if isinstance(self._rate, LearningRateSchedule):
            rates = self._rate.rates(np.arange(first_iteration, first_iteration + count))
        elif callable(self._rate):
            rates = np.array([float(self._rate()) for _ in range(count)], np.float64)
        else:
            rates = np.full(count, float(self._rate))
        if not np.isfinite(rates).all():
            raise ValueError(f"Expected finite learning rates. Received: {rates} from {self._rate!r}.")
        return rates

    @property
    def iterations(self):
        """How many updates were made: `steps`, unless several steps make one update."""
        every = self.gradient_accumulation_steps
        return self.steps if every is None else int(self.steps) // every

    # Its own numbers, and the plan of an update.

    def build(self, variables):
        """Makes the slots for the `variables` to train. Raises `ValueError` if they were made for others before."""
        variables = list(variables)
        if self._kept is None:
            groups = [{"average": 0.0}] if self.use_ema else []
            groups += [{"gradient_accumulator": 0.0}] if self.gradient_accumulation_steps else []
            self._kept = Slots(variables, [*groups, *self.slot_groups()], self.scalars(), self.name)
            self._structure = structure(self)
            self._by_hand = UpdateByHand(self, self._kept)
        for variable in variables:
            self._kept.index(variable)

    @property
    def slots(self):
        """`Vector` of the numbers that the optimizer keeps for each variable; None before it is built."""
        return None if self._kept is None else self._kept.vector

    @property
    def variables(self):
        """The step counter, the learning rate where it is a number, and all slots: what a saved optimizer consists
        of."""
        rate = [self._rate] if isinstance(self._rate, Variable) else []
        return [self.steps, *rate, *([] if self._kept is None else self._kept.variables)]

    def plan(self, graph, params, variables, multipliers=None):
        """Adds the nodes (phase `"update"`) that update the trainable `variables`, which live in the `Vector` `params`.

        `multipliers`: `{variable: factor}` for those whose learning rate is multiplied by another factor than 1.

        Builds the optimizer first where that was not done. The program needs `slots=optimizer.slots.array`.
        """
        self.build(variables)
        for variable in variables:
            if variable.path not in params or not np.may_share_memory(variable.value, params.array):
                raise ValueError(f"Expected {variable.path!r} to live in the vector that is trained. Pack it first.")
        places = [(params.layout.offset(variable.path), self._kept.index(variable)) for variable in variables]
        plan_update(graph, self, self._kept, places, multipliers)

    def set_hyperparameters(self, program):
        """Takes over numbers that were changed since the plan, such as `optimizer.momentum = 0.5`.

        Raises `ValueError` where the change needs other operations, such as a momentum where there was none.
        """
        if structure(self) != self._structure:
            raise ValueError(
                "Expected only numbers of the optimizer to change once it is built, not which operations it needs. "
                f"Received: {self!r}. Create a new optimizer and compile the model again."
            )
        for node in program.graph.nodes:
            if node.phase == "update" and node.operation is not MULTIPLY_RATE:
                program.set_constants(node, constants(self, node.operation))

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Lets some variables keep their full values under `weight_decay`. To be called before the optimizer is built.

        Arguments:
            var_list: Variables.
            var_names: Regular expressions; a variable in whose name one of them is found is excluded, such as
                `["bias"]`.
        """
        if self._kept is not None:
            raise ValueError("Expected exclude_from_weight_decay() before the optimizer is built. Call it before training.")
        self._undecayed = (tuple(var_list or ()), re.compile("|".join(var_names)) if var_names else None)

    def decays(self, variable):
        """Whether `weight_decay` concerns this variable."""
        excluded, pattern = self._undecayed
        by_name = pattern is not None and pattern.search(variable.name) is not None
        return not by_name and not any(variable is one for one in excluded)

    # Updates by hand.

    def apply_gradients(self, grads_and_vars):
        """Makes one update from pairs of a gradient (array or None) and its `Variable`; returns the `iterations`.

        >>> from glassnet.optimizers import SGD
        >>> w = Variable([1.0, 2.0])
        >>> _ = SGD(0.5).apply_gradients([(np.array([1.0, -1.0]), w)]); w.numpy()
        array([0.5, 2.5], dtype=float32)
        """
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self.iterations

    def apply(self, grads, trainable_variables=None):
        """Makes one update from gradients, in the order of the variables; these are needed the first time only."""
        grads = list(grads)
        if not grads:
            return
        if trainable_variables is None and self._kept is None:
            raise ValueError("Expected the variables of the gradients. Call optimizer.build(variables) or pass them.")
        variables = self._kept.trained if trainable_variables is None else list(trainable_variables)
        if len(grads) != len(variables):
            raise ValueError(f"Expected a gradient for each of {len(variables)} variables. Received: {len(grads)}.")
        self.build(variables)
        missing = [variable.path for gradient, variable in zip(grads, variables, strict=True) if gradient is None]
        if len(missing) == len(grads):
            raise ValueError("Expected a gradient for at least one variable. Received: none.")
        if missing:
            warnings.warn(f"There is no gradient for {', '.join(missing)}: left as before.", stacklevel=3)
        pairs = zip(grads, variables, strict=True)
        self._by_hand({self._kept.index(variable): gradient for gradient, variable in pairs if gradient is not None})
        self.steps.assign_add(1)

    def finalize_variable_values(self, var_list):
        """Sets the variables to their running average, where `use_ema` keeps one: the end of training."""
        if self.use_ema and self.steps.value > 0:
            begin = self._kept.starts["average"]
            average = self.slots.array[begin : begin + self._kept.size]
            for variable in var_list:
                variable.value[...] = average[self._kept.part(self._kept.index(variable))].reshape(variable.shape)

    # Configuration.

    def get_config(self):
        """The arguments of `__init__`, each of which is kept as an attribute of the same name; the rate as it is
        now."""
        names = [name for name in inspect.signature(type(self)).parameters if name not in ("kwargs", "learning_rate")]
        rate = self._rate
        if isinstance(rate, LearningRateSchedule):
            rate = schedules.serialize(rate)
        elif isinstance(rate, Variable):
            rate = float(rate)
        return {"learning_rate": rate, **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_config(cls, config):
        """An optimizer, without its slots, from what `get_config` returned."""
        if isinstance(config.get("learning_rate"), dict):
            config = {**config, "learning_rate": schedules.deserialize(config["learning_rate"])}
        return super().from_config(config)
