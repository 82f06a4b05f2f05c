"""What is kept of a training: its whole state at chosen steps, within a memory budget."""

from collections import deque
from dataclasses import dataclass

from glassnet.callbacks import Callback
from glassnet.engine.variable import Variable
from glassnet.inspect.keeper import Keeper
from glassnet.inspect.snapshot import Snapshot, batch_loss
from glassnet.schedules import LearningRateSchedule

MEMORY = 64 * 2**20
RATES = 4096
"""How many changes of the learning rate are remembered, so that a rate of its own for each step cannot fill the memory."""


@dataclass
class Run:
    """A `fit` that was watched: what it trained on, and its steps from `begin` to `end`."""

    begin: int
    end: int
    arguments: dict
    finished: bool = False


class Recording(Callback):
    """Keeps the whole state of a training at chosen steps, and forgets every second of them when the memory is used up.

    Arguments:
        every: Steps from one kept state to the next.
        memory: Bytes that the kept states may take.

    Attributes: `model`, `stride` (steps from one kept state to the next as it is now), `nbytes`.

    Raises `ValueError` for steps that are no positive number, and where the memory has no room for three states. `Timeline` goes
    back to what is kept.
    """

    def __init__(self, every=100, memory=MEMORY):
        super().__init__()
        if not isinstance(every, int) or every < 1:
            raise ValueError(f"Expected every as a positive number of steps. Received: every={every!r}.")
        if not isinstance(memory, int | float):
            raise ValueError(f"Expected memory as a number of bytes. Received: memory={memory!r}.")
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
            self._runs.append(Run(now, now, self.model._training.arguments))
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
