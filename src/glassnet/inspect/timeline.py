"""A training that can be gone back in: what it was after chosen steps, and from there on again, or differently."""

import math
from dataclasses import replace
from numbers import Integral

from glassnet.inspect.recording import RATES, Recording, Run
from glassnet.inspect.replay import Pause, Paused, repeat
from glassnet.inspect.twin import change_optimizer, twin


class Timeline(Recording):
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
            if isinstance(step, Integral) and run.begin <= step <= run.end:
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
        self._runs.append(Run(snapshot.step, snapshot.step, arguments))
        self.stand(snapshot)
