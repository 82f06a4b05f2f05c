"""States of a training that the compiled loop keeps by itself: memory to keep them in, and what is found there afterwards."""

import functools

import numpy as np

from glassnet.engine.kernels.keep import COUNT, FILLED, HEAD
from glassnet.engine.layout import Vector
from glassnet.examples import count
from glassnet.inspect.snapshot import OBJECTS, Snapshot, batch_losses, constant_rate
from glassnet.training import Position

MOST = 256
"""How many states are kept at most until Python takes them over."""


class Keeper:
    """Lets a training keep its parameters, the optimizer's numbers and running sums in places of memory, at chosen steps.

    Argument: `model`, which `fit` trains.

    Attributes: `nbytes` (of one state).

    Raises `ValueError` where there is one in this training already.
    """

    def __init__(self, model):
        if model._training.keeper is not None:
            raise ValueError(f"Expected one timeline at a time in a training of model '{model.name}'. Received: two callbacks.")
        model._training.keeper = self
        self.model, self.compiled = model, model._training.compiled
        self.program = program = self.compiled.program
        memory, losses = program.memory, batch_losses(program)
        # Running sums first: they have the largest elements, so that all that follows lies at multiples of its own size.
        parts = [memory.totals, memory.params, memory.state, memory.slots, *losses]
        self._plan = np.array([(part.ctypes.data, part.nbytes) for part in parts], np.int64)
        self._ends = np.cumsum([part.nbytes for part in parts[:4]])
        self._size = int(self._plan[:, 1].sum())
        self.nbytes = OBJECTS + int(self._ends[-1])
        self._places, self._memory, self._every = np.zeros(HEAD + MOST, np.int64), [], None

    def provide(self, every, count):
        """Provides places for `count` states (at most `MOST`), to be kept after every so many steps from now on."""
        while len(self._memory) < min(count, MOST):
            self._memory.append(np.empty(self._size, np.uint8))
        self._places[FILLED], self._places[COUNT] = 0, len(self._memory)
        self._places[HEAD : HEAD + len(self._memory)] = [place.ctypes.data for place in self._memory]
        if every != self._every:
            self._every = every
            self.program.set_keep(self.compiled.keep, every, self._plan, self._places)
            self.model._training.calls = self.program.training_kept

    def steps_until_full(self, now):
        """How many steps may be made until the last place is filled."""
        return int(self._places[COUNT]) * self._every - now % self._every

    def taken(self, now, epoch, batches):
        """The `Snapshot`s of the states that were kept since `provide`, in order.

        Arguments:
            now: The optimizer's steps now.
            epoch: The epoch under way.
            batches: How many of its batches are done.
        """
        filled = int(self._places[FILLED])
        states, self._memory = self._memory[:filled], self._memory[filled:]
        last = now - now % self._every
        for number, state in enumerate(states):
            step = last - (filled - 1 - number) * self._every
            yield self._snapshot(state, step, epoch, batches - (now - step))

    def _snapshot(self, state, step, epoch, batches):
        model, program, arguments = self.model, self.program, self.model._training.arguments
        state.flags.writeable = False
        totals, *vectors = np.split(state[: self._ends[-1]], self._ends[:-1])
        totals, losses = totals.view(np.float64), state[self._ends[-1] :].view(self.program.dtype)
        params, kept, slots = (
            Vector(vector.layout, program.dtype, numbers.view(program.dtype))
            for vector, numbers in zip((program.params, program.state, model.optimizer.slots), vectors, strict=True)
        )
        complete = batches == arguments["steps_per_epoch"]
        position = None if complete else Position(batches, program.batch_size, count(arguments["x"]), totals)
        return Snapshot(
            step=step,
            epoch=epoch + complete,
            epochs_trained=model._epochs_trained + complete,
            position=position,
            params=params,
            state=kept,
            slots=slots,
            learning_rate=constant_rate(model.optimizer),
            loss=float(losses.sum(dtype=np.float64)),
            measured=functools.partial(self.compiled.logs, totals),
            run=model.training_runs[-1],
        )
