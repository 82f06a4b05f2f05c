"""The experiment as a timeline sees a training."""

from concurrent.futures import Future
from dataclasses import dataclass

from glassnet.inspect.twin import change_optimizer
from glassnet.studio.pages.backpropagation.experiment import Experiment


class Kept:
    """The states of an experiment by their steps, as `inspect.timeline.Timeline` gives them: the last one of each step.

    Arguments:
        experiment: `Experiment`.
    """

    def __init__(self, experiment):
        self.experiment = experiment

    @property
    def places(self):
        """The place of the last state of each step: `{step: place}`."""
        return {state.step: place for place, state in enumerate(self.experiment.states)}

    @property
    def steps(self):
        return list(self.places)

    @property
    def snapshots(self):
        return [self.at(step) for step in self.steps]

    def at(self, step):
        return self.experiment.states[self.places[step]].snapshot


@dataclass(frozen=True)
class Way:
    """Another way on from a step: what `Timeline.branch` returns, for an experiment.

    Arguments:
        kept: `Kept` of the copy that goes it.
        start: The step.
        changes: Settings of the optimizer that differ.
    """

    kept: Kept
    start: int
    changes: dict

    @property
    def model(self):
        return self.kept.experiment.model

    @property
    def steps(self):
        return self.kept.steps

    @property
    def snapshots(self):
        return self.kept.snapshots

    def at(self, step):
        return self.kept.at(step)


class Course:
    """What `TimelineBar` asks of a training, of an experiment: whatever it asks for is done at once.

    Arguments:
        experiment: `Experiment`.
        go_back: Called with the place of the state to go to: the page shows it.
        step: Called to make a step.

    Attributes: `states`, those of the experiment: with another example it begins others, and needs another course.
    """

    ended, batches, validation_data = False, 1, None

    def __init__(self, experiment, go_back, step):
        self.experiment, self.states, self._go_back, self._step = experiment, experiment.states, go_back, step
        self.timeline, self.history = Kept(experiment), {}

    @property
    def model(self):
        return self.experiment.model

    @property
    def data(self):
        return self.experiment.x[None], self.experiment.y[None]

    @property
    def state(self):
        return self.experiment.state

    def pause(self):
        """It stands always."""

    def step(self, unit):
        self._step()
        return _done(self.state)

    def rewind(self, step):
        places = self.timeline.places
        if step not in places:
            raise ValueError(f"Expected one of the steps {self.timeline.steps}. Received: {step!r}.")
        self._go_back(places[step])
        return _done(self.state)

    def branch(self, step, until, **changes):
        copy = Experiment.on_copy_of(self.model, self.experiment.x, self.experiment.y)
        copy.begin_at(change_optimizer(copy.model, self.timeline.at(step), changes))
        while copy.state.step < until and copy.finite:
            copy.step()
        return _done(Way(Kept(copy), step, changes))

    def do(self, command):
        return _done(command(self.model))


def _done(result):
    future = Future()
    future.set_result(result)
    return future
