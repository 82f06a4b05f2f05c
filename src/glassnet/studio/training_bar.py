"""Play, pause, step, reset and speed: the bar of every page that trains."""

from nicegui import ui

from glassnet.studio import controls
from glassnet.studio.live_text import LiveText

SPEEDS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, None)
"""Steps a second, from slow motion to as many as the engine makes."""


class TrainingBar:
    """A bar of buttons for the training of a page, with the keys space (play, pause), right arrow (one batch; with shift, one
    epoch) and left arrow (back to the step kept before).

    Arguments:
        page: `Page`.
        training: A function that gives the present `TrainingThread`, or None where there is none.
        reset: Called for the button that begins anew, from new weights or the same: the page knows.
        example: Called for the button that makes a step on a single example; None for no such button.
        before_play: Called before the training is played or stepped, or None: a page that makes its training late makes it here.

    Attributes: `row` (the element with the buttons, in which a page may put more).
    """

    def __init__(self, page, training, reset, example=None, before_play=None):
        self.page, self.training, self._before = page, training, before_play
        self._shown = self._playing = None
        t = self.t
        with ui.element("section").classes("gn-card gn-training-bar") as bar:
            bar.props["aria-label"] = t("bar")
            with ui.element("div").classes("gn-row") as self.row:
                self.play = controls.button(t, "play", self.toggle, icon="play_arrow", primary=True).classes("gn-play")
                if example is not None:
                    controls.button(t, "example", example, icon="skip_next")
                controls.button(t, "batch", lambda: self.step("batch"), icon="skip_next")
                controls.button(t, "epoch", lambda: self.step("epoch"), icon="fast_forward")
                controls.button(t, "reset", reset, icon="replay")
            with ui.element("div").classes("gn-speed"):
                at = self._speed_index()
                self.speed = controls.slider(
                    t, "speed", at, 0, len(SPEEDS) - 1, 1, self._set_speed, lambda index: self._speed_text(SPEEDS[int(index)])
                )
            self.counts = LiveText().classes("gn-counts gn-small gn-muted")
        controls.keys(
            bar,
            {
                " ": self.toggle,
                "ArrowRight": lambda: self.step("batch"),
                "Shift+ArrowRight": lambda: self.step("epoch"),
                "ArrowLeft": self.back,
            },
        )
        self._show()
        page.tick(0.1, self._show)

    def t(self, key, **values):
        return self.page.t(f"training.{key}", **values)

    def toggle(self):
        """Plays, or pauses."""
        training = self._ready()
        if training is None:
            return
        if training.playing:
            training.pause()
        else:
            training.speed = SPEEDS[int(self.speed.value)]
            training.play()
        self._show_playing(training.playing)

    def step(self, unit):
        """One batch or one epoch more."""
        training = self._ready()
        if training is not None:
            training.step(unit)

    def back(self):
        """To the step kept before the present one."""
        training = self.training()
        if training is not None and not training.ended:
            before = [step for step in training.timeline.steps if step < training.state.step]
            if before:
                training.rewind(before[-1])

    def _ready(self):
        if self._before is not None:
            self._before()
        training = self.training()
        return None if training is None or training.ended else training

    def _speed_index(self):
        training = self.training()
        speed = None if training is None else training.speed
        return SPEEDS.index(speed) if speed in SPEEDS else len(SPEEDS) - 1

    def _set_speed(self, event):
        training = self.training()
        if training is not None:
            training.speed = SPEEDS[int(event.value)]

    def _speed_text(self, speed):
        return self.t("fastest") if speed is None else self.t("each_second", count=f"{speed:,}")

    def _show(self):
        training = self.training()
        state = None if training is None else training.state
        if state is self._shown:
            return
        self._shown = state
        if training is not None:
            self._show_playing(training.playing)  # the state is older, where the training waits for its turn
        if state is None:
            self.counts.text = ""
            return
        words = [self.t("at", epoch=f"{state.epoch:,}", step=f"{state.step:,}")]
        if state.error:
            words = [state.error]
        elif not state.finite:
            words.append(self.t("not_finite"))
        elif state.limit:
            limits = training.limits
            words.append(self.t("limit", epochs=f"{limits.epochs:,}", steps=f"{limits.steps:,}"))
        elif state.steps_per_second:
            words.append(self.t("each_second", count=f"{state.steps_per_second:,.0f}"))
        self.counts.text = " · ".join(words)

    def _show_playing(self, playing):
        if playing != self._playing:
            self._playing = playing
            key = "pause" if playing else "play"
            self.play.text = self.t(key)
            self.play.icon = "pause" if playing else "play_arrow"
            controls.described(self.play, self.t, key)
