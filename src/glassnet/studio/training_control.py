"""What goes on in a training's thread between two steps: commands are obeyed, states made, and pauses kept."""

import contextlib
import math
import time
from dataclasses import replace

from glassnet.callbacks import Callback
from glassnet.inspect.replay import Paused
from glassnet.inspect.snapshot import Snapshot, batch_loss
from glassnet.studio.turns import TURNS

FRAME = 0.033
"""Seconds between two states, at least."""
SHARE = 0.5
"""Of the time at most goes into looks."""
CHUNK = 0.02
"""Seconds of steps between two moments at which commands are obeyed, about."""


class Ended(Exception):  # noqa: N818 - it is no error
    """The training was stopped."""


class Control(Callback):
    """The callback by which a `TrainingThread` holds the training that runs in it.

    Arguments:
        training: `TrainingThread`, whose `changed` guards what other threads set.
    """

    def __init__(self, training):
        super().__init__()
        self.training = training
        self._answers = []
        self._epoch = self._batch = 0
        self._loss, self._logs = math.nan, {}
        self._look = 0.0  # seconds that the last look took
        self._begun = self._shown = 0.0  # when the last chunk began, and when the last state was made
        self._rate, self._steps, self._made = 0.0, 0, 0  # steps a second, the step the last chunk began at, its steps

    # -- hooks of fit ---------------------------------------------------------------------------------------------------------

    def on_epoch_begin(self, epoch, logs=None):
        position = self.model._position
        self._epoch, self._batch = epoch, 0 if position is None else position.batches
        self._attend()

    def on_train_chunk_end(self, step, logs=None):
        self._made = self._now() - self._steps
        self._rate = self._made / max(time.perf_counter() - self._begun, 1e-9)
        self._batch, self._logs = step, dict(logs)
        self._loss = batch_loss(self.model._training.compiled.program)
        if step < self.training.batches:  # else the end of the epoch comes first
            self._attend()
        else:
            self._begun, self._steps = time.perf_counter(), self._now()

    def on_epoch_end(self, epoch, logs=None):
        self._logs = dict(logs)
        for name, value in logs.items():
            values = self.training.history.setdefault(name, [])
            del values[epoch:]
            values.append(value)

    def steps_until_needed(self, step):
        training = self.training
        wanted = max(1, int(self._rate * CHUNK))
        if training.speed is not None:
            wanted = min(wanted, max(1, int(training.speed * FRAME)))
        if training.goal is not None:
            wanted = min(wanted, training.goal - self._now())
        return max(1, wanted)

    def stand(self, snapshot):
        """Waits outside of `fit` where the model stands, until steps are to be made or a command is to be obeyed there.

        So what the timeline kept of later steps stays, until the training is gone on with from here.
        """
        self._epoch, self._batch, self._loss, self._logs = snapshot.epoch, snapshot.batches, snapshot.loss, snapshot.logs
        with contextlib.suppress(Paused):
            self._attend()

    # -- between two steps ----------------------------------------------------------------------------------------------------

    def _attend(self):
        """Returns when the next steps are to be made. Raises `Ended`, or `Paused` to have something done outside of `fit`."""
        while True:
            self._wait_until_due()
            if TURNS.take(self._has_nothing_else_to_do):
                break
        self._begun, self._steps = time.perf_counter(), self._now()

    def _has_nothing_else_to_do(self):
        training = self.training
        return training.playing and not (training.inside or training.outside)

    def _wait_until_due(self):
        training = self.training
        while True:
            while training.inside:
                command, _, future = training.inside.popleft()
                self.answer(command, future)
            with training.changed:
                limit = self._stop_where_wanted()
                answers, self._answers = self._answers, []
                if not training.playing:
                    answers += [(future, None) for future in training.pauses]
                    training.pauses = []
            self._make_state(limit, bool(answers))
            for future, result in answers:
                future.set_result(training.current if result is None else result)
            with training.changed:
                if training.ended:
                    raise Ended
                if training.outside:
                    raise Paused(Snapshot.take(self.model, self._epoch, self._batch, self._loss, self._logs))
                if training.inside or training.playing != training.current.playing:
                    continue
                due = self._due() if training.playing else None
                if due == 0:
                    return
                TURNS.give()
                training.changed.wait(due)

    def answer(self, command, future):
        """Obeys a command; whoever gave it is answered once the next state is there."""
        try:
            self._answers.append((future, command(self.model)))
        except Exception as error:
            future.set_exception(error)

    def _stop_where_wanted(self):
        """Stands still at the goal, where the loss is no number, and at the limits; returns whether it is at these."""
        training, now = self.training, self._now()
        limit = now >= training.limits.steps or self._epoch >= training.limits.epochs
        if limit or (training.goal is not None and now >= training.goal) or not math.isfinite(self._logs.get("loss", 0.0)):
            training.playing, training.goal = False, None
        return limit

    def _due(self):
        """Seconds until the next steps, at the speed that was asked for."""
        training = self.training
        if training.speed is None or training.goal is not None:
            return 0
        return max(0.0, self._begun + self._made / training.speed - time.perf_counter())

    def _make_state(self, limit, asked):
        training, old, clock = self.training, self.training.current, time.perf_counter()
        playing = training.playing  # once: it may change meanwhile, and another state has to follow then
        turned = old.number == 0 or old.playing != playing
        pause = max(FRAME, self._look / SHARE)
        due = training.wanted and self._now() != old.step and clock - self._shown >= pause
        if not (asked or turned or due):
            return
        training.wanted = False
        if turned:
            self._made = 0  # steps made at another speed are not to be waited for
        speed = (self._now() - old.step) / (clock - self._shown) if playing and not turned else 0.0
        self._shown = clock
        seen = None if training.look is None else training.look(self.model)
        self._look = time.perf_counter() - clock
        training.current = replace(
            old,
            number=old.number + 1,
            step=self._now(),
            epoch=self._epoch,
            batch=self._batch,
            loss=self._loss,
            logs=self._logs,
            playing=playing,
            steps_per_second=max(speed, 0.0),
            limit=limit,
            seen=seen,
        )

    def _now(self):
        return int(self.model.optimizer.steps)
