"""The test pictures that the network reads wrong, those it is surest of first."""

from glassnet.inspect.answers import Answers
from glassnet.studio.live_text import LiveText
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.image_grid import ImageGrid

SHOWN = 36


class MistakesView:
    """Mistakes on the test, to be clicked onto the pad."""

    every = 1.0
    """Seconds between two looks while the network learns."""

    def __init__(self, page):
        self.page, self.numbers = page, []
        t = page.t
        self.told = LiveText(t("digits.mistakes.reads")).classes("gn-muted")
        self.grid = ImageGrid(label=t("digits.mistakes.label"), size=72)
        PictureElement(self.grid)
        self.grid.observe(self._chosen, "clicked")

    async def update(self, seen):
        """Reads the whole test aside."""
        answers = await self.page.aside(_read, seen, self.page.reader.off)
        if self.told.is_deleted:  # another view is shown by now
            return
        t, names = self.page.t, self.page.material.names
        self.numbers = answers.surest_mistakes(SHOWN).tolist()
        wrong = int((~answers.right).sum())
        self.told.text = t("digits.mistakes.told", wrong=f"{wrong:,}", all=f"{len(answers.right):,}")
        self.grid.nothing = t("digits.mistakes.none")
        sure = answers.confidence
        self.grid.show(
            self.page.material.grey(self.page.material.x_test[self.numbers]),
            [
                [f"{names[answers.truth[k]]} → {names[answers.predicted[k]]}", "" if sure is None else f"{100 * sure[k]:.1f} %"]
                for k in self.numbers
            ],
        )

    def _chosen(self, change):
        place = change["new"]["index"]
        if 0 <= place < len(self.numbers):
            self.page.pad.test(self.numbers[place])


def _read(bench):
    with bench.without() as model:
        return Answers(model, bench.material.x_test, bench.labels(bench.material.y_test))
