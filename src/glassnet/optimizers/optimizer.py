"""What all optimizers share: the learning rate, their own numbers, and the plan of one update."""

import inspect
import re
import warnings
from numbers import Real

import numpy as np

from glassnet.engine.graph import Graph
from glassnet.engine.kernel import LEARNING_RATE
from glassnet.engine.kernels.clip import CLIP_GLOBAL_NORM, CLIP_NORM, CLIP_VALUE
from glassnet.engine.kernels.update import ACCUMULATE, AVERAGE, WEIGHT_DECAY
from glassnet.engine.layout import Layout, Vector
from glassnet.engine.program import Program
from glassnet.engine.variable import Variable
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

    An update first clips the gradients, then decays the weights, then follows the optimizer's rule, then takes the running
    average of the parameters.

    Arguments:
        learning_rate: A number that is not negative, a `LearningRateSchedule`, or a function without arguments that is asked
            once a step. `lr` is its old name.
        weight_decay: Share of each parameter, times the learning rate, that is taken off at each update; None for no decay.
        clipnorm: Largest norm of the gradient of one variable.
        clipvalue: Largest absolute value of each number of the gradient.
        global_clipnorm: Largest norm of all gradients together. Only one of the three may be given.
        use_ema: Whether to keep a running (exponential) average of the parameters.
        ema_momentum: Share of that average that is kept at each step, from 0 to 1.
        ema_overwrite_frequency: After how many updates the parameters are set to their average; None for the end of training
            only (`finalize_variable_values`).
        loss_scale_factor: Not supported, as it serves half precision; only None.
        gradient_accumulation_steps: Number of steps, at least 2, whose mean gradient makes one update; None for every step.
        name: A name for the optimizer.

    Attributes: `slots`, a `Vector` with the numbers that the optimizer keeps for each variable; `steps`, a `Variable` that
    counts mini-batches. Values put into the arrays of both in place resume a training run exactly.

    A subclass gives `operation()`, `constants()` and `slot_groups()`.
    """

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
        **unknown,
    ):
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
        self.slots = None
        self._undecayed = ((), None)
        self._eager = {}
        self._rate = None
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

    # Its own numbers.

    def build(self, variables):
        """Makes the slots for the trainable `variables`. Raises `ValueError` if they were made for others before."""
        variables = list(variables)
        if self.slots is not None:
            self._known(variables)
            return
        if not variables:
            raise ValueError("Expected variables to train. Received: none. Give the model a layer with weights.")
        dtypes = sorted({variable.dtype for variable in variables})
        if len(dtypes) > 1:
            raise ValueError(f"Expected variables of one dtype. Received: {', '.join(dtypes)}. Use one optimizer for each.")
        self._built = variables
        self._indices = {id(variable): index for index, variable in enumerate(variables)}
        self._offsets = np.cumsum([0, *(variable.size for variable in variables)]).tolist()
        self._kind = self._structure()
        self._make_slots(dtypes[0])

    def _make_slots(self, dtype):
        """Slot s of parameter i lies at s * (number of parameters) + i; single numbers follow at the end."""
        groups = [{"average": 0.0}] if self.use_ema else []
        groups += [{"gradient_accumulator": 0.0}] if self.gradient_accumulation_steps else []
        starts = {slot: value for group in [*groups, *self.slot_groups()] for slot, value in group.items()}
        self._slot_starts = {slot: number * self._offsets[-1] for number, slot in enumerate(starts)}
        layout, paths = Layout(), []
        for variable in self._built:
            same = sum(path == variable.path for path in paths)
            paths.append(variable.path if not same else f"{variable.path}_{same}")
        for slot in starts:
            for path, variable in zip(paths, self._built, strict=True):
                layout.add(f"{path}/{slot}", variable.shape)
        for name in self.scalars():
            layout.add(name, ())
        self.slots = Vector(layout, dtype)
        for slot, value in starts.items():
            begin = self._slot_starts[slot]
            self.slots.array[begin : begin + self._offsets[-1]] = value
        for name, value in self.scalars().items():
            self.slots[name][...] = value
        order = [f"{path}/{slot}" for group in [*groups, *self.slot_groups()] for path in paths for slot in group]
        self._slot_variables = [self._slot_variable(name) for name in [*order, *self.scalars()]]

    def scalars(self):
        """`{name: first value}` of numbers that are kept once, not for each parameter."""
        return {}

    def _slot_variable(self, name):
        path, _, slot = name.rpartition("/")
        own = "_".join(filter(None, [path.replace("/", "_"), slot]))
        variable = Variable(self.slots[name], own, False, self.slots.array.dtype, f"{self.name}/{own}")
        variable.value, variable.vector, variable.offset = self.slots[name], self.slots, self.slots.layout.offset(name)
        return variable

    @property
    def variables(self):
        """The step counter, the learning rate where it is a number, and all slots: what a saved optimizer consists of."""
        rate = [self._rate] if isinstance(self._rate, Variable) else []
        return [self.steps, *rate, *([] if self.slots is None else self._slot_variables)]

    def _known(self, variables):
        for variable in variables:
            if id(variable) not in self._indices:
                raise ValueError(
                    f"Expected one of the {len(self._built)} variables that the optimizer was built for. Received: "
                    f"{variable.path!r} of shape {variable.shape}. Create a new optimizer for new variables."
                )

    # The plan of an update.

    def plan(self, graph, params, variables):
        """Adds the nodes (phase `"update"`) that update the trainable `variables`, which live in the `Vector` `params`.

        Builds the optimizer first where that was not done. The program needs `slots=optimizer.slots.array`.
        """
        self.build(variables)
        for variable in variables:
            if variable.vector is not params:
                raise ValueError(f"Expected the variable {variable.path!r} to live in the vector of the model. Pack it first.")
        self._plan(graph, [(variable.offset, self._indices[id(variable)]) for variable in variables])

    def _plan(self, graph, places):
        """Adds the update nodes for `places`, pairs of where a variable lies in params and its index in `_built`."""
        places = sorted(places)
        decayed = [place for place in places if self._decays(self._built[place[1]])]
        ranges = self._ranges(places)
        if self.gradient_accumulation_steps:
            self._add(graph, ACCUMULATE, ranges, "gradient_accumulator")
        if self.clipvalue is not None:
            self._add(graph, CLIP_VALUE, ranges)
        if self.clipnorm is not None:
            self._add(graph, CLIP_NORM, [self._ranges([place])[0] for place in places])
        if self.global_clipnorm is not None:
            pairs = [size for start, count, _ in ranges for size in (start, count)]
            sizes = (self.gradient_accumulation_steps or 1, len(ranges), *pairs)
            graph.add(CLIP_GLOBAL_NORM, sizes=sizes, constants=(self.global_clipnorm,), phase="update")
        if self.weight_decay is not None:
            self._add(graph, WEIGHT_DECAY, self._ranges(decayed))
        self.plan_rule(graph, ranges)
        if self.use_ema:
            self._add(graph, AVERAGE, ranges, "average", (self.ema_overwrite_frequency or 0,))

    def plan_rule(self, graph, ranges):
        """Adds the rule's own nodes, one for each range of parameters."""
        first = next((slot for group in self.slot_groups() for slot in group), None)
        self._add(graph, self.operation(), ranges, first)

    def _add(self, graph, operation, ranges, slot=None, more=()):
        every, stride = self.gradient_accumulation_steps or 1, self._offsets[-1]
        scalars = len(self._slot_starts) * stride
        for start, count, offset in ranges:
            sizes = (every, start, count, self._slot_starts.get(slot, 0) + offset, stride, scalars, *more)
            graph.add(operation, sizes=sizes, constants=self._constants(operation), phase="update")

    def _constants(self, operation):
        """The constants of one of the nodes that `_plan` adds."""
        common = {
            ACCUMULATE: (),
            CLIP_VALUE: (self.clipvalue,),
            CLIP_NORM: (self.clipnorm,),
            CLIP_GLOBAL_NORM: (self.global_clipnorm,),
            WEIGHT_DECAY: (self.weight_decay,),
            AVERAGE: (self.ema_momentum, 1 - self.ema_momentum),
        }
        return common.get(operation) or (() if operation in common else self.constants())

    def _ranges(self, places):
        """`[start in params, elements, start in a slot]`, neighbours merged."""
        ranges = []
        for start, index in places:
            slot, size = self._offsets[index], self._built[index].size
            if ranges and ranges[-1][0] + ranges[-1][1] == start and ranges[-1][2] + ranges[-1][1] == slot:
                ranges[-1][1] += size
            else:
                ranges.append([start, size, slot])
        return ranges

    def _structure(self):
        """What is fixed once the optimizer is built: which operations an update is made of."""
        clips = self.clipnorm is None, self.clipvalue is None, self.global_clipnorm is None
        average = self.use_ema, self.ema_overwrite_frequency
        return self.operation(), clips, self.weight_decay is None, average, self.gradient_accumulation_steps

    def set_hyperparameters(self, program):
        """Takes over numbers that were changed since the plan, such as `optimizer.momentum = 0.5`.

        Raises `ValueError` where the change needs other operations, such as a momentum where there was none.
        """
        if self._structure() != self._kind:
            raise ValueError(
                "Expected only numbers of the optimizer to change once it is built, not which operations it needs. "
                f"Received: {self!r}. Create a new optimizer and compile the model again."
            )
        for node in program.graph.nodes:
            if node.phase == "update":
                program.set_constants(node, self._constants(node.operation))

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Lets some variables keep their full values under `weight_decay`. To be called before the optimizer is built.

        Arguments:
            var_list: Variables.
            var_names: Regular expressions; a variable in whose name one of them is found is excluded, such as `["bias"]`.
        """
        if self.slots is not None:
            raise ValueError("Expected exclude_from_weight_decay() before the optimizer is built. Call it before training.")
        self._undecayed = (tuple(var_list or ()), re.compile("|".join(var_names)) if var_names else None)

    def _decays(self, variable):
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
        gradients, variables = zip(*grads_and_vars, strict=True)
        self.apply(gradients, variables)
        return self.iterations

    def apply(self, grads, trainable_variables=None):
        """Makes one update from gradients, in the order of the variables; the variables are needed the first time only."""
        grads = list(grads)
        if trainable_variables is None and self.slots is None:
            raise ValueError("Expected the variables of the gradients. Call optimizer.build(variables) or pass them.")
        variables = self._built if trainable_variables is None else list(trainable_variables)
        if len(grads) != len(variables):
            raise ValueError(f"Expected a gradient for each of {len(variables)} variables. Received: {len(grads)} gradients.")
        self.build(variables)
        missing = [variable.path for gradient, variable in zip(grads, variables, strict=True) if gradient is None]
        if len(missing) == len(grads):
            raise ValueError("Expected a gradient for at least one variable. Received: none.")
        if missing:
            warnings.warn(f"There is no gradient for {', '.join(missing)}: left as they are.", stacklevel=3)
        self._apply({self._indices[id(v)]: (g, v) for g, v in zip(grads, variables, strict=True) if g is not None})

    def _apply(self, given):
        """`given` is `{index of the variable: (gradient, variable)}`. Works on copies of the variables, which may live anywhere."""
        program = self._eager_program(tuple(sorted(given)))
        parts = [slice(*pair) for pair in zip(self._offsets, self._offsets[1:], strict=False)]
        for index, (gradient, variable) in given.items():
            gradient = np.asarray(gradient)
            if gradient.shape != variable.shape:
                raise ValueError(
                    f"Expected a gradient of shape {variable.shape} for the variable {variable.path!r}. "
                    f"Received: shape {gradient.shape}."
                )
            program.grads.array[parts[index]] = gradient.ravel()
        for part, variable in zip(parts, self._built, strict=True):
            program.params.array[part] = variable.value.ravel()
        self.set_hyperparameters(program)
        program.begin([], iteration=int(self.steps))
        program.memory.consts[LEARNING_RATE] = self.rates(int(self.steps), 1)[0]
        program.once(program.calls("update"), batch=1, training=True)
        for part, variable in zip(parts, self._built, strict=True):
            variable.value[...] = program.params.array[part].reshape(variable.shape)
        self.steps.assign_add(1)

    def _eager_program(self, indices):
        """The program that updates these variables, in a vector of its own that is laid out like a slot."""
        if indices not in self._eager:
            graph, layout = Graph(), Layout()
            for index, variable in enumerate(self._built):
                layout.add(str(index), variable.shape)
            self._plan(graph, [(self._offsets[index], index) for index in indices])
            params = Vector(layout, self.slots.array.dtype)
            self._eager[indices] = Program(graph, params, None, 1, params.array.dtype, slots=self.slots.array)
        return self._eager[indices]

    def finalize_variable_values(self, var_list):
        """Sets the variables to their running average, at the end of training, with `use_ema`."""
        if self.use_ema:
            self._known(var_list)
            begin = self._slot_starts["average"]
            for variable in var_list:
                offset = begin + self._offsets[self._indices[id(variable)]]
                variable.value[...] = self.slots.array[offset : offset + variable.size].reshape(variable.shape)

    # Configuration.

    def get_config(self):
        """The arguments of `__init__`, each of which is kept as an attribute of the same name; the rate as it is now."""
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
