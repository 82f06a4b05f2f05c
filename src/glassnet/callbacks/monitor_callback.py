"""The base of the callbacks that watch one quantity."""

import warnings

import numpy as np

from glassnet.callbacks.callback import Callback


class MonitorCallback(Callback):
    """Knows whether the value of a monitored quantity is an improvement.

    Arguments:
        monitor: Name of the quantity in the logs, such as `"val_loss"`.
        mode: `"min"`: smaller is better; `"max"`: larger is better; `"auto"`: told by the metric itself.
        baseline: The value to beat; None for none.
        min_delta: By how much a value must be better; its sign is ignored.

    Attributes:
        best: The best value so far; None before there is one.

    >>> watch = MonitorCallback("loss", min_delta=0.1)
    >>> watch.is_improvement(0.85, 0.9), watch.is_improvement(0.75, 0.9)
    (False, True)
    """

    def __init__(self, monitor="val_loss", mode="auto", baseline=None, min_delta=0):
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__} expected mode 'auto', 'min' or 'max'. Received: {mode!r}. 'auto' is used.",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)
        self.monitor_op = None

    def is_improvement(self, value, reference):
        """Whether `value` is better than `reference` by more than `min_delta`; any value is better than None."""
        # Decided on first use: the metrics of the model are complete only after the first epoch.
        if self.monitor_op is None:
            self.monitor_op = np.greater if self._larger_is_better() else np.less
        if reference is None:
            return True
        margin = self.min_delta if self.monitor_op is np.greater else -self.min_delta
        return bool(self.monitor_op(value - margin, reference))

    def value_in(self, logs):
        """The monitored value, or None with a warning that says what there is."""
        logs = logs or {}
        if self.monitor not in logs:
            warnings.warn(
                f"{type(self).__name__} expected {self.monitor!r} in the logs. Received: {', '.join(logs) or 'none'}. "
                "Pass validation data to fit(), or monitor one of these.",
                stacklevel=4,
            )
        return logs.get(self.monitor)

    def _larger_is_better(self):
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_")
        for metric in getattr(self.model, "metrics", None) or []:
            if metric.name == name and hasattr(metric, "_direction"):
                return metric._direction == "up"
        if name == "loss":
            return False
        raise ValueError(
            f"{type(self).__name__} expected a quantity whose better direction is known. Received: "
            f"monitor={self.monitor!r}. Pass mode='max' if larger values are better, mode='min' if smaller ones are."
        )
