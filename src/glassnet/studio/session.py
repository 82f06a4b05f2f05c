"""A browser tab's part of the studio: its pages with their networks and threads, its language and theme."""

import time

from glassnet.studio.limits import LIMITS
from glassnet.studio.texts import text

OPEN = {}
"""The sessions that are there, by the identity that NiceGUI gave the tab's page."""


class Session:
    """What belongs to one browser tab, from when it is opened until it is closed or its connection stays lost.

    A connection that is lost and found again meets the same session; so do the pages' tabs and a change of language. A page
    that is reloaded is a new session, which begins as its address says.

    Attributes:
        limits: `Limits`.
        language: "en" or "zh".
        theme: "auto", "light" or "dark".
        exhibit: The `Exhibit` that it was opened with, or None.
        pages: The `Page` objects that were opened, by name: going back to one finds it as it was left.
        trainings: The `TrainingThread`s that are running.
        visible: Whether the tab is the one that is seen.
        lost: Since when the connection is lost, by `time.monotonic`; None while it is there.
    """

    def __init__(self, language="en", theme="auto", limits=LIMITS, exhibit=None):
        self.limits, self.language, self.theme, self.exhibit = limits, language, theme, exhibit
        self.pages, self.trainings, self._held = {}, [], []
        self.lost, self.visible = None, True

    def t(self, key, **values):
        """The text of a key in the session's language."""
        return text(self.language, key, **values)

    def train(self, *arguments, replaces=None, **settings):
        """Makes a `TrainingThread` that ends with the session; arguments are those of `TrainingThread`.

        Arguments:
            replaces: A training that ends now, or None.

        Returns: `TrainingThread`, paused. Raises `ValueError` where network or data are larger than the limits.
        """
        from glassnet.studio.training_thread import TrainingThread

        if replaces is not None:
            self.stop(replaces)
        training = TrainingThread(*arguments, limits=self.limits, **settings)
        self.trainings.append(training)
        return training

    def stop(self, training):
        """Ends a training of this session."""
        training.stop()
        if training in self.trainings:
            self.trainings.remove(training)

    def hold(self):
        """Nobody looks: what plays waits, until the connection is found again or the session ends."""
        self.lost = time.monotonic()
        self._held = [training for training in self.trainings if training.playing]
        for training in self._held:
            training.pause()

    def go_on(self):
        """Lets play again what `hold` paused."""
        self.lost = None
        for training in self._held:
            if not training.ended:
                training.play()
        self._held = []

    def close(self):
        """Ends all trainings and lets the networks go. Others need not wait until this is done: kernels may be compiling."""
        for training in self.trainings:
            training.end()
        self.trainings.clear()
        self.pages.clear()
