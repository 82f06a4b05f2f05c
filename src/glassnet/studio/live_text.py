"""Text that changes many times a second."""

from nicegui.element import Element


class LiveText(Element, component="live_text.js"):
    """A line of text for numbers of a training that runs. A change touches this line alone, where one of a label has the
    browser compare the whole page.

    Arguments:
        text: At first.

    Attributes: `text`, which can be set.
    """

    def __init__(self, text=""):
        super().__init__()
        self._props["text"] = text

    @property
    def text(self):
        return self._props["text"]

    @text.setter
    def text(self, text):
        if text != self.text:
            with self._props.suspend_updates():  # for a browser that draws the whole page anew
                self._props["text"] = text
            self.run_method("say", text)
