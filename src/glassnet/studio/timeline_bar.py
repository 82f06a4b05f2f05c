"""The timeline of a training: back to any kept step, another way on from there, and both beside each other."""

import asyncio

import numpy as np
from nicegui import ui

from glassnet.inspect.comparison import compare
from glassnet.studio import controls
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.training_timeline import TrainingTimeline

BRANCH_STEPS = 50_000
"""Steps of a branch at most: a few seconds."""
POINTS = 400
"""Of a curve, about."""


class TimelineBar:
    """A strip on which one goes back in the training of a page, and from which one branches off.

    After going back, the training's `state` is new, so that the page shows it by itself.

    Arguments:
        page: `Page`.
        training: A function that gives the present `TrainingThread`, or None where there is none.
    """

    def __init__(self, page, training):
        self.page, self.training = page, training
        self._shown, self._of, self._moving = None, None, False
        t = self.t
        with ui.element("section").classes("gn-card gn-timeline-bar"):
            with ui.element("div").classes("gn-row gn-spread"):
                ui.label(t("timeline")).classes("gn-card-title").props("role=heading aria-level=2")
                self.button = controls.button(t, "branch", self._ask, icon="call_split")
            self.picture = TrainingTimeline(label=t("timeline.help"))
            controls.described(PictureElement(self.picture).classes("gn-wide"), t, "timeline")
            self.comparison = ui.element("div").classes("gn-stack")
        self.picture.observe(lambda change: self._want(change["new"]), "wanted")
        self._show()
        page.tick(0.2, self._show)

    def t(self, key, **values):
        return self.page.t(f"training.{key}", **values)

    def _show(self):
        training = self.training()
        if training is None:
            return
        state = training.state
        if training is not self._of:
            self._forget_branch()
            self._of = training
        elif state is self._shown:
            return
        self._shown = state
        self.picture.steps, self.picture.loss = curve(training.timeline)
        test = training.history.get("val_loss", [])
        every = max(1, len(test) // POINTS)
        some = test[::every]
        self.picture.test_loss, self.picture.test_steps = some, (1 + every * np.arange(len(some))) * training.batches
        self.picture.now = state.step

    # -- going back ----------------------------------------------------------------------------------------------------------

    async def _go(self):
        """Goes to the step that is wanted, and, if another one is wanted by then, on to that."""
        self._moving = True
        with self.comparison:  # for those who are told of the new state
            try:
                while (wanted := self.picture.wanted) >= 0:
                    training = self.training()
                    await asyncio.wrap_future(training.rewind(wanted))
                    if self.picture.wanted == wanted:
                        self.picture.wanted = -1  # so that the same step can be wanted again
            except ValueError as error:  # the timeline has dropped the step in the meantime
                self.picture.wanted = -1
                controls.complain(error)
            finally:
                self._moving = False

    def _want(self, step):
        training = self.training()
        if step >= 0 and not self._moving and training is not None and not training.ended:
            asyncio.get_running_loop().create_task(self._go())

    # -- branching -----------------------------------------------------------------------------------------------------------

    async def _ask(self):
        training = self.training()
        if training is None or training.ended:
            return
        training.pause()
        await asyncio.wrap_future(training.do(lambda model: None))  # it stands now
        step = training.state.step
        settings = {
            name: value
            for name, value in training.model.optimizer.get_config().items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
        with self.comparison, ui.dialog() as dialog, ui.element("div").classes("gn-card gn-help"):
            ui.label(self.t("branch")).classes("gn-title").props("role=heading aria-level=2")
            ui.label(self.t("branch.about", step=f"{step:,}")).classes("gn-muted")
            first = next(iter(settings))
            name = controls.select(
                self.t, "branch.setting", list(settings), first, lambda event: value.set_value(settings[event.value])
            )
            value = controls.number(self.t, "branch.value", 3 * settings[first] if first == "learning_rate" else settings[first])
            with ui.element("div").classes("gn-row"):
                controls.button(
                    self.t, "branch.make", lambda: self._branch(dialog, step, {name.value: value.value}), primary=True
                )
                controls.button(self.t, "branch.cancel", dialog.close)
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _branch(self, dialog, step, changes):
        dialog.close()
        training = self.training()
        self.button.disable()
        try:
            until = min(max(training.timeline.steps), step + BRANCH_STEPS)
            if until <= step:  # at the end of what was made: both go on for an epoch
                until = step + training.batches
                await asyncio.wrap_future(training.step("epoch"))
            branch = await asyncio.wrap_future(training.branch(step, until, **changes))
            figures = await asyncio.wrap_future(training.do(lambda model: self._measure(training, model, branch)))
        except ValueError as error:
            controls.complain(error)
        else:
            self._show_comparison(branch, *figures)
        finally:
            self.button.enable()

    @staticmethod
    def _measure(training, model, branch):
        """The comparison, and loss and metrics of both networks on the examples held back, or on all where there are none."""
        x, y = training.validation_data or training.data
        both = [network.evaluate(x, y, verbose=0, return_dict=True) for network in (model, branch.model)]
        return compare(training.timeline, branch), both

    def _show_comparison(self, branch, comparison, both):
        self.picture.branch_steps, self.picture.branch_loss = curve(branch)
        change = ", ".join(f"{name} {value:g}" for name, value in branch.changes.items())
        self.comparison.clear()
        with self.comparison:
            with ui.element("div").classes("gn-row gn-spread"):
                ui.label(self.t("compared", step=f"{branch.start:,}")).classes("gn-muted gn-small")
                controls.icon_button(self.t, "branch.forget", "close", self._forget_branch)
            with ui.element("div").classes("gn-table gn-compare"):
                for word, kind in ((self.t("figure"), ""), (self.t("this"), "gn-curve-this"), (change, "gn-curve-branch")):
                    ui.label(word).classes(f"gn-th {kind}")
                for name in both[0]:
                    ui.label(name).classes("gn-mono")
                    for figures in both:
                        ui.label(f"{figures[name]:.4f}").classes("gn-mono")
            ui.label(self.t("distance")).classes("gn-label")
            largest = max((distances[-1] for distances in comparison.by_layer.values()), default=0) or 1
            with ui.element("div").classes("gn-table gn-distances"):
                for layer, distances in comparison.by_layer.items():
                    ui.label(layer).classes("gn-mono")
                    ui.element("div").classes("gn-measure").style(f"--share: {distances[-1] / largest:.4f}")
                    ui.label(f"{distances[-1]:.3g}").classes("gn-mono")

    def _forget_branch(self):
        self.comparison.clear()
        self.picture.branch_steps, self.picture.branch_loss = [], []


def curve(timeline):
    """Kept steps and the loss at each: that of the epoch up to there, or of the batch where there is none yet."""
    points = [(snapshot.step, snapshot.logs.get("loss", snapshot.loss)) for snapshot in timeline.snapshots]
    return np.array([step for step, _ in points]), np.array([loss for _, loss in points])
