"""A training in a thread of its own: played, paused, stepped, rewound and edited from outside, and looked at as it runs."""

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, replace

import numpy as np

from glassnet.inspect.replay import Paused
from glassnet.inspect.timeline import Timeline
from glassnet.studio.limits import LIMITS
from glassnet.studio.training_control import Control, Ended
from glassnet.studio.turns import TURNS, give_way

STATES = 400
"""Kept by the timeline of a training: more than a bar on a screen can tell apart."""


@dataclass(frozen=True)
class State:
    """How a training stood at a moment between two steps.

    Attributes:
        number: Grows with every state: a page that has shown this one need not show it again.
        step: Steps made.
        epoch: Whole epochs made before the present one.
        batch: Batches of the present epoch made.
        batches: Batches in an epoch.
        loss: Of the last mini-batch, with penalties; NaN before the first.
        logs: Loss and metrics over the present epoch up to here.
        playing: Whether it goes on by itself.
        steps_per_second: As measured lately; 0 while it stands.
        limit: Whether it came to as many steps or epochs as a session may make.
        seen: What the training's `look` returned.
        error: Why it ended, a sentence; "" while it goes on.
    """

    number: int = 0
    step: int = 0
    epoch: int = 0
    batch: int = 0
    batches: int = 0
    loss: float = float("nan")
    logs: dict | None = None
    playing: bool = False
    steps_per_second: float = 0.0
    limit: bool = False
    seen: object = None
    error: str = ""

    @property
    def finite(self):
        """Whether the loss is a number; where it is none, the training has paused."""
        return bool(np.isfinite((self.logs or {}).get("loss", 0.0)))


class TrainingThread:
    """Trains a model by `model.fit` in a thread. It begins paused; its first state is made from the starting weights.

    Between chunks of 20 ms at most, the thread obeys commands and, if somebody asked for the `state` since, looks: 30 times
    a second at most. A page that does not ask costs nothing, and looking changes no bit. Get one by `session.train`.

    Arguments:
        model: A compiled `Sequential`. Give its layers names of their own (`Dense(4, name="hidden_1")`): those that the
            library gives count on through all sessions, and a script would show them.
        x, y: Arrays to learn from.
        batch_size: Examples a step.
        validation_data: `(x, y)`, measured after each epoch (`val_loss` and so on in `history`), or None.
        look: `look(model)`, called in the thread; what it returns is in `state.seen`. Copy what it takes from the model
            (`model.params.array.copy()`): the next step overwrites it. It can be set at any time.
        limits: `Limits`.

    Attributes:
        model, look, limits: As given.
        data, validation_data: `(x, y)` to learn from, and to measure on or None.
        timeline: `inspect.timeline.Timeline` of it.
        history: `{"loss": [...], "val_loss": [...]}` by epoch. It grows while the training runs; only read it. After a
            rewind it is as long as before until the next epoch ends.

    Raises `ValueError` where model or data are larger than the limits.

    >>> from glassnet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, name="out")])
    >>> model.compile("sgd", "mean_squared_error")
    >>> training = TrainingThread(model, np.zeros((4, 2)), np.ones((4, 1)), batch_size=2)
    >>> training.step("epoch").result().step
    2
    >>> training.rewind(1).result().step
    1
    >>> training.stop()
    """

    def __init__(self, model, x, y, batch_size=32, validation_data=None, look=None, limits=LIMITS):
        x, y = np.asarray(x), np.asarray(y)
        limits.check(model, x)
        self.model, self.look, self.limits = model, look, limits
        self.timeline = Timeline(every=1, memory=_memory(model, limits))
        self.batch_size = min(batch_size, len(x))
        self.batches = -(-len(x) // self.batch_size)
        self.data, self.validation_data, self.history = (x, y), validation_data, {}
        self._arguments = {
            "x": x,
            "y": y,
            "batch_size": self.batch_size,
            "validation_data": validation_data,
            "epochs": limits.epochs + 1,
            "verbose": 0,
        }
        self.changed = threading.Condition()
        self.inside, self.outside, self.pauses = deque(), deque(), []
        self.playing = self.ended = False
        self.goal = self._speed = None
        self.wanted, self.current = True, State(batches=self.batches)
        self._control = Control(self)
        self._thread = threading.Thread(target=self._run, name="training", daemon=True)
        self._thread.start()

    # -- asked from other threads ------------------------------------------------------------------------------------------

    @property
    def state(self):
        """The newest `State`. Asking for it has the thread make another one soon, if there is news."""
        self.wanted = True
        return self.current

    @property
    def speed(self):
        """Steps a second; None for as many as the engine makes. It can be set."""
        return self._speed

    @speed.setter
    def speed(self, steps_per_second):
        with self.changed:
            self._speed = steps_per_second
            self._tell()

    def play(self):
        """Goes on until `pause`."""
        with self.changed:
            self.playing, self.goal = True, None
            self._tell()

    def pause(self):
        """Stands still after the chunk that is under way."""
        with self.changed:
            self.playing, self.goal = False, None
            self._tell()

    def step(self, unit="batch", count=1):
        """Makes some more steps at full speed, then stands still.

        Arguments:
            unit: "batch" for single steps, or "epoch" for as many as an epoch has.
            count: How many.

        Returns: A `Future` of the `State` there; await it by `asyncio.wrap_future`.
        """
        if unit not in ("batch", "epoch"):
            raise ValueError(f"Expected unit as 'batch' or 'epoch'. Received: {unit!r}.")
        with self.changed:
            future = self._future()
            self.goal = int(self.model.optimizer.steps) + count * (1 if unit == "batch" else self.batches)
            self.playing = True
            self.pauses.append(future)
            self._tell()
        return future

    def do(self, command):
        """Has `command(model)` called in the thread, between two steps. It must not change weights: that is `edit`.

        Returns: A `Future` of what it returned, or with its exception. The `state` is new then.
        """
        return self._enqueue(self.inside, command)

    def edit(self, command):
        """The same for a command that changes weights: from here on the timeline is that of the changed model."""
        return self._enqueue(self.outside, command, edits=True)

    def rewind(self, step):
        """Pauses and takes the model to a step that was made, which may be a later one while the training was not gone on with.

        Returns: A `Future` of the `Snapshot` there, with `ValueError` for a step that was not made.
        """
        self.pause()
        return self._enqueue(self.outside, lambda model: self.timeline.rewind(step))

    def branch(self, step, until=None, **changes):
        """Trains a copy from a step on with other settings of the optimizer, to step `until` or the last one made here.

        Returns: A `Future` of the `Branch` (see `Timeline.branch`). It is worked out in this training's thread, which pauses.
        """
        self.pause()
        return self._enqueue(self.outside, lambda model: self.timeline.branch(step, until, **changes))

    def end(self):
        """Has the thread end after the chunk that is under way, without waiting for that. Calling it twice does no harm."""
        with self.changed:
            self.ended = True
            self.playing = False
            self._tell()

    def stop(self):
        """The same, and waits until it has ended. What was learnt stays in the model."""
        self.end()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _tell(self):
        """Something is new for the thread, wherever it waits."""
        self.changed.notify()
        TURNS.ask_again()

    def _enqueue(self, queue, command, edits=False):
        with self.changed:
            future = self._future()
            queue.append((command, edits, future))
            self._tell()
        return future

    def _future(self):
        if self.ended:
            raise ValueError("Expected a training that runs. Received: one that has ended. Begin a new one.")
        return Future()

    # -- in the thread -------------------------------------------------------------------------------------------------------

    def _run(self):
        give_way()
        go_on, problem = self._fit, ValueError("Expected a training that runs. Received: one that has ended.")
        try:
            while True:
                go_on()
                edited = False
                while self.outside:
                    edited |= self._obey_outside()
                    self._control.stand(self._standing())
                go_on = self._fit if edited else self._resume
        except Ended:
            pass
        except Exception as error:
            problem = error
            self.current = replace(self.current, number=self.current.number + 1, playing=False, error=str(error))
            if not isinstance(error, ValueError):
                raise
        finally:
            TURNS.give()
            with self.changed:
                self.ended, self.playing = True, False
            for *_, future in (*self.inside, *self.outside, *((future,) for future in self.pauses)):
                future.set_exception(problem)

    def _fit(self):
        epoch = self._standing().epoch if self.timeline.steps else 0
        try:
            self.model.fit(callbacks=[self.timeline, self._control], initial_epoch=epoch, **self._arguments)
        except Paused as left:
            self.timeline.stand(left.snapshot)

    def _resume(self):
        self.timeline.resume(callbacks=[self._control])

    def _standing(self):
        """Where the model stands, as the timeline kept it."""
        return self.timeline.at(int(self.model.optimizer.steps))

    def _obey_outside(self):
        """Obeys the commands for which `fit` was left. Returns whether one of them changed the weights."""
        edited = False
        while self.outside:
            command, edits, future = self.outside.popleft()
            edited |= edits
            self._control.answer(command, future)
        return edited


def _memory(model, limits):
    """Bytes for the timeline: for 400 states, or as many as fit into the limit."""
    model.optimizer.build(model.params_variables)
    arrays = (model.params.array, model.state.array, model.optimizer.slots.array)
    return min(limits.memory, STATES * (2048 + sum(array.nbytes for array in arrays)))
