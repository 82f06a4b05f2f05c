"""What the network answers, as bars and in a word."""

from nicegui import ui

from glassnet.studio import controls
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.answer_bars import AnswerBars


class AnswerCard:
    """The answers as bars, the strongest in large, and whether it is right."""

    def __init__(self, page):
        self.page = page
        t = page.t
        with controls.card(t("digits.answers"), "gn-digits-answers"):
            self.bars = AnswerBars(label=t("digits.answers.label"), labels=page.material.names)
            PictureElement(self.bars)
            self.ghost = ui.label(t("digits.answers.before")).classes("gn-small gn-muted")

    def show(self, reading):
        """Shows a `Reading`. On an empty pad there is nothing to answer."""
        blank, truth = self.page.sheet.grey is None, self.page.sheet.truth
        with self.bars.hold_trait_notifications():
            self.bars.values = "" if blank else reading.answers
            self.bars.before = "" if blank or reading.before is None else reading.before
            self.bars.truth = -1 if truth is None else truth
            self.bars.verdict = ["–", self.page.t("digits.answers.nothing"), ""] if blank else self._verdict(reading, truth)
        self.ghost.visible = not blank and reading.before is not None

    def _verdict(self, reading, truth):
        t, names, best = self.page.t, self.page.material.names, reading.best
        sure = t("digits.answers.sure", share=f"{100 * float(reading.answers[best]):.1f}")
        if truth is None:
            return [names[best], sure, t("digits.answers.unknown")]
        return [names[best], sure, t("digits.answers.right") if truth == best else t("digits.answers.wrong", digit=names[truth])]
