"""A slider."""

from nicegui.elements.mixins.disableable_element import DisableableElement
from nicegui.elements.mixins.value_element import ValueElement


class Slider(ValueElement, DisableableElement, component="slider.js"):
    """The browser's own slider for a number from `minimum` to `maximum`; at most 20 changes a second are told.

    Screen readers say `shown(value)`.
    """

    VALUE_PROP = "value"
    LOOPBACK = None  # the browser has moved it already

    def __init__(self, value, minimum, maximum, step, shown, on_change=None):
        super().__init__(value=value, on_value_change=on_change, throttle=0.05)
        places = range(round((maximum - minimum) / step) + 1)
        self._props.update(min=minimum, max=maximum, step=step, words=[shown(round(minimum + step * k, 9)) for k in places])
