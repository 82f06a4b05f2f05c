"""A training that can be gone back in: what it was after chosen steps, and from there on again, or differently."""

import math
from collections import deque
from dataclasses import dataclass, replace

from glassnet.callbacks import Callback
from glassnet.engine.variable import Variable
from glassnet.inspect.keeper import Keeper
from glassnet.inspect.replay import Pause, Paused, repeat
from glassnet.inspect.snapshot import Snapshot, batch_loss
from glassnet.inspect.twin import change_optimizer, twin
from glassnet.schedules import LearningRateSchedule

MEMORY = 64 * 2**20
RATES = 4096
"""How many changes of the learning rate are remembered, so that a rate of its own for each step cannot fill the memory."""


@dataclass
class _Run:
    """A `fit` that was watched: what it trained on, and its steps from `begin` to `end`."""

    begin: int
    end: int
    arguments: dict
    finished: bool = False


class Timeline(Callback):
    """Keeps the whole state of a training at chosen steps, within a memory budget, and takes the model back to any step.

    Steps are counted as by `optimizer.steps`: a model stands at step 100 after 100 steps. Kept are the beginning and the
    end of each `fit` and every `every`-th step; when the budget is used up, every second of these is dropped and from
    then on only every second one kept. Watching changes no bit of the training, and a part that is repeated is
    bit-identical to the first time. Callbacks that change weights by themselves are not repeated.

    Arguments:
        every: Steps from one kept state to the next.
        memory: Bytes that the kept states may take.

    Attributes: `model`, `stride` (steps from one kept state to the next as it is now), `nbytes`.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, name="dense")])
    >>> model.compile("sgd", "mean_squared_error")
    >>> timeline = Timeline(every=2)
    >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [2], [3]]
    >>> _ = model.fit(x, y, batch_size=1, epochs=2, verbose=0, callbacks=[timeline])
    >>> timeline.steps
    [0, 2, 4, 6, 8]
    >>> after = model.get_weights()
    >>> timeline.rewind(3)
    <Snapshot of step 3: epoch 0, batch 3, loss ...>
    >>> _ = timeline.resume()
    >>> [bool((a == b).all()) for a, b in zip(after, model.get_weights())]
    [True, True]
    >>> faster = timeline.branch(4, learning_rate=0.1)
    >>> faster.steps, faster.changes
    ([4, 6, 8], {'learning_rate': 0.1})
    """

    def __init__(self, every=100, memory=MEMORY):
        super().__init__()
        if not isinstance(every, int) or every < 1:
            raise ValueError(f"Expected every as a positive number of steps. Received: every={every!r}.")
        self.every = self.stride = every
        self.memory = memory
        self.nbytes = 0
        self._kept, self._runs, self._rates = {}, [], deque(maxlen=RATES)
        self._resumed = self._standing = None

    # -- keeping ---------------------------------------------------------------------------------------------------------

    def set_model(self, model):
        if self.model is not None and model is not self.model:
            raise ValueError(
                f"Expected the model '{self.model.name}' that this timeline has watched before. Received: another one, "
                f"'{model.name}'. Give it a Timeline of its own."
            )
        super().set_model(model)

    def on_train_begin(self, logs=None):
        self._begun, self._keeper = False, Keeper(self.model)

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        if not self._begun:
            self._begin(self._now())
        self._provide(self.params["steps"])

    def _provide(self, steps):
        """Gives the compiled loop memory for the states of the coming `steps`, as far as there is any; when it is used up,
        states are taken over and thinned."""
        room = max(1, int((self.memory - self.nbytes) // self._keeper.nbytes))
        self._keeper.provide(self.stride, min(room, steps // self.stride + 1))

    def steps_until_needed(self, step):
        return self._keeper.steps_until_full(self._now())

    def on_train_chunk_end(self, step, logs=None):
        now = self._runs[-1].end = self._now()
        self._note_rates(now)
        for snapshot in self._keeper.taken(now, self._epoch, step):
            self._store(snapshot)
        self._provide(min(2 * self.model._training.compiled.chunk, self.params["steps"] - step))

    def on_train_end(self, logs=None):
        if self._begun:
            self._runs[-1].finished = True
            loss = batch_loss(self.model._training.compiled.program)
            self._store(Snapshot.take(self.model, self._epoch + 1, 0, loss, logs))

    def _now(self):
        return int(self.model.optimizer.steps)

    def _begin(self, now):
        """A training begins, or goes on where it was paused: what was kept of later steps is no longer what happened."""
        self._begun, self._standing = True, None
        for step in [step for step in self._kept if step > now]:
            self._drop(step)
        self._runs = [run for run in self._runs if run.begin < now or run is self._resumed]
        self._rates = deque((change for change in self._rates if change[0] < now), RATES)
        for run in self._runs:
            run.end = min(run.end, now)
        if self._resumed is None:
            self._check_memory()
            self._runs.append(_Run(now, now, self.model._training.arguments))
            self._store(Snapshot.take(self.model, self._epoch, 0))
        self._runs[-1].finished = False

    def _check_memory(self):
        """Refuses a budget that has no room for a beginning, an end, and where the model stands."""
        least = 3 * self._keeper.nbytes
        if not self.memory >= least:
            raise ValueError(
                f"Expected memory for three states of model '{self.model.name}' at least, {least} bytes. "
                f"Received: memory={self.memory!r}."
            )

    def _note_rates(self, now):
        """Remembers with which rates the last chunk was made, for callbacks may have set them. A schedule repeats itself."""
        rates, source = self.model._training.rates, self.model.optimizer._rate
        if isinstance(source, LearningRateSchedule):
            return
        if isinstance(source, Variable):
            rates = rates[:1]  # all are the same
        last = self._rates[-1][1] if self._rates else None
        for step, rate in enumerate(rates.tolist(), now - len(self.model._training.rates)):
            if rate != last:
                self._rates.append((step, rate))
                last = rate

    def _store(self, snapshot):
        self._drop(snapshot.step)
        self._kept[snapshot.step] = snapshot
        self.nbytes += snapshot.nbytes
        while self.nbytes > self.memory:
            self._thin()

    def _drop(self, step):
        snapshot = self._kept.pop(step, None)
        self.nbytes -= 0 if snapshot is None else snapshot.nbytes

    def _thin(self):
        """Drops every second kept state; beginnings and the end last, and those of the oldest training first."""
        needed = {run.begin for run in self._runs} | {self._standing}
        if self._runs[-1].finished:
            needed.add(self._runs[-1].end)
        others = [step for step in self._kept if step not in needed]
        if others:
            self.stride *= 2
            dropped = [step for step in others if step % self.stride]
        else:
            dropped = [self._runs.pop(0).begin]
        for step in dropped:
            self._drop(step)

    # -- looking back ----------------------------------------------------------------------------------------------------

    @property
    def steps(self):
        """The steps whose states are kept, in order."""
        return sorted(self._kept)

    def at(self, step):
        """The `Snapshot` kept at a step. Raises `ValueError` that says which there are."""
        if step not in self._kept:
            raise ValueError(f"Expected {self._what_there_is()}. Received: {step!r}. Use rewind for the steps between.")
        return self._kept[step]

    @property
    def snapshots(self):
        """The kept snapshots, in order of their steps. It may be read while another thread trains."""
        return sorted(self._kept.copy().values(), key=lambda snapshot: snapshot.step)

    def __len__(self):
        return len(self._kept)

    def __iter__(self):
        """The snapshots in order."""
        return iter(self.snapshots)

    def __repr__(self):
        if not self._kept:
            return f"<Timeline every {self.every} steps: nothing kept yet>"
        return f"<Timeline of '{self.model.name}': {self._what_there_is()}, {self.nbytes / 2**20:.1f} MB>"

    def _what_there_is(self):
        steps = self.steps
        if not steps:
            return "a timeline that has watched a training, by fit(callbacks=[timeline])"
        listed = ", ".join(map(str, steps)) if len(steps) <= 6 else f"{steps[0]}, {steps[1]}, {steps[2]}, ..., {steps[-1]}"
        return f"one of the {len(steps)} kept steps {listed}"

    # -- going back ------------------------------------------------------------------------------------------------------

    def rewind(self, step):
        """Takes the model back to where it was after `step` steps, and returns that `Snapshot`.

        Between two kept steps, the training is repeated from the one before. What was kept of later steps stays until the
        model is trained with this timeline again: by `resume`, or by `fit` with as many examples and the same batch size,
        which then goes on in the middle of the epoch; its `initial_epoch` is the snapshot's `epoch`.

        Raises `ValueError` for a step that was not watched.
        """
        snapshot = self._go(self.model, step)
        self.stand(snapshot)
        return snapshot

    def resume(self, until=None, callbacks=None, verbose=0):
        """Trains on from a kept state where the model stands, as the `fit` that was watched would have.

        Arguments:
            until: The step to stop at; None for the end of that `fit`.
            callbacks: More callbacks, which are called after the timeline.
            verbose: As in `fit`.

        Returns: The `History` of this part. Raises `ValueError` where the model was changed since.
        """
        now = 0 if self.model is None else self._now()
        snapshot = self._kept.get(now)
        if snapshot is None:
            raise ValueError(f"Expected the model at {self._what_there_is()}. It is at step {now}: call rewind first.")
        if not snapshot.matches(self.model):
            raise ValueError(f"Expected model '{self.model.name}' as it was after step {now}. It has changed: call rewind first.")
        run = self._run_of(now)
        arguments = dict(run.arguments, initial_epoch=snapshot.epoch, verbose=verbose)
        watching = [self, *(callbacks or ())]
        if until is not None:
            if until <= now:
                raise ValueError(f"Expected until as a step after the present one, {now}. Received: until={until!r}.")
            epochs = math.ceil((snapshot.batches + until - now) / arguments["steps_per_epoch"])
            arguments["epochs"] = max(arguments["epochs"], snapshot.epoch + epochs)
            watching.append(Pause(until))
        self._resumed = run
        try:
            self.model.fit(callbacks=watching, **arguments)
        except Paused as pause:
            self.stand(pause.snapshot)
        finally:
            self._resumed = None
        return self.model.history

    def branch(self, step, until=None, **changes):
        """Trains a copy of the model on from a step with other settings of the optimizer; this training stays as it is.

        Arguments:
            step: Where the branch begins: any step that was watched.
            until: The step to stop at; None for where this training stands at last.
            **changes: The optimizer's arguments that differ, such as `learning_rate=0.1`.

        Returns: `Branch`, a timeline of its own. Raises `ValueError` for arguments that the optimizer does not have.
        """
        run = self._run_of(step)
        copy = twin(self.model)
        snapshot = self._go(copy, step)
        if changes:
            snapshot = change_optimizer(copy, snapshot, changes)
        branch = Branch(self, copy, snapshot, run.arguments, changes)
        until = run.end if until is None else until
        if until > step:
            branch.resume(until)
        return branch

    def _run_of(self, step):
        """The training that a step belongs to."""
        for run in reversed(self._runs):
            if run.begin <= step <= run.end:
                return run
        watched = ", ".join(f"{run.begin} to {run.end}" for run in self._runs) or "none"
        raise ValueError(f"Expected a step that this timeline has watched: {watched}. Received: {step!r}.")

    def _go(self, model, step):
        """Takes a model to where it was after a step: by what was kept, and the steps between made again."""
        run = self._run_of(step)
        snapshot = self._kept[max(kept for kept in self._kept if run.begin <= kept <= step)]
        if snapshot.step < step:
            if len(self._rates) == RATES and self._rates[0][0] > snapshot.step:
                raise ValueError(
                    f"Expected one of the kept steps {self.steps}: the learning rate changed too often to repeat the steps "
                    f"between. Received: {step!r}."
                )
            return repeat(model, run.arguments, snapshot, step, self._rates)
        if snapshot.learning_rate is not None and step < run.end:  # callbacks may have set it after the state was kept
            next_rate = next((rate for first, rate in reversed(self._rates) if first <= step), snapshot.learning_rate)
            snapshot = replace(snapshot, learning_rate=next_rate)
        snapshot.put(model)
        return snapshot

    def stand(self, snapshot):
        """Puts the model where a snapshot of this training says, and keeps that state, so that `resume` goes on from it."""
        self._standing = snapshot.step
        self._store(snapshot)
        snapshot.put(self.model)


class Branch(Timeline):
    """A training that left another one at a step, with other settings of the optimizer, on a copy of the model.

    Attributes: `parent` (`Timeline`), `start` (the step), `changes` (the settings that differ), besides those of `Timeline`.
    """

    def __init__(self, parent, model, snapshot, arguments, changes):
        super().__init__(parent.every, parent.memory)
        self.parent, self.start, self.changes = parent, snapshot.step, changes
        self.set_model(model)
        self._runs.append(_Run(snapshot.step, snapshot.step, arguments))
        self.stand(snapshot)
