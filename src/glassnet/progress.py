"""How far a run has come: one live line on a terminal, one plain line an epoch elsewhere."""

import os
import sys
import time

REFRESH_SECONDS = 0.1
BAR_WIDTH = 24


def format_value(value):
    """A loss or metric in about six characters.

    >>> format_value(0.98765), format_value(0.0000123), format_value(float("nan"))
    ('0.9877', '1.230e-05', 'nan')
    """
    if not isinstance(value, float | int):
        return str(value)
    if value == 0 or 1e-3 <= abs(value) < 1e5 or value != value:
        return f"{value:.4f}"
    return f"{value:.3e}"


def format_duration(seconds):
    """A duration in the unit that fits.

    >>> format_duration(0.0123), format_duration(4.56), format_duration(125)
    ('12 ms', '4.6 s', '2 min 05 s')
    """
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def _is_terminal():
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


class ProgressLine:
    """One line about one epoch (or one evaluation): how far it is, loss and metrics, speed.

    On a terminal the line is redrawn in place at most ten times a second, and only if the epoch takes longer than
    that; when the epoch is over, the line stays. Elsewhere (pipe, file, notebook) nothing but a last line is written.

    Arguments:
        title: What the line begins with, such as `"Epoch 3/5"`.
        steps: Number of batches; None if not known.
        samples: Number of rows; None if not known (then the speed is given in steps).
        live: Whether to redraw in place; None to do so if standard output is a terminal.
        keep: Whether the line stays at the end.

    >>> line = ProgressLine("Epoch 1/5", steps=10, samples=320, live=False)
    >>> line.update(10, {"loss": 0.5})
    >>> line.finish({"loss": 0.5, "val_loss": 0.25})
    Epoch 1/5  loss 0.5000  val_loss 0.2500  ... samples/s
    """

    def __init__(self, title, steps=None, samples=None, live=None, keep=True):
        self.title = title
        self.steps = steps
        self.samples = samples
        self.keep = keep
        self.live = _is_terminal() if live is None else live
        self.done = 0
        self.logs = {}
        self.begun = time.perf_counter()
        self.seconds = 0.0
        self._drawn = self.begun
        self._display = None

    def update(self, done, logs=None):
        """Says that `done` batches are through, with these loss and metrics so far."""
        now = time.perf_counter()
        self.done = done
        self.logs = logs or {}
        self.seconds = now - self.begun
        if self.live and now - self._drawn >= REFRESH_SECONDS:
            self._drawn = now
            self._draw()

    def finish(self, logs=None):
        """Writes the last state, with these loss and metrics, and goes on to the next line."""
        self.logs = self.logs if logs is None else logs
        # The speed is that of training: it is taken where the last batch ended, before the validation.
        if self.seconds == 0.0:
            self.seconds = time.perf_counter() - self.begun
            self.done = self.steps or 0
        if not self.live:
            if self.keep:
                numbers = [f"{name} {format_value(value)}" for name, value in self.logs.items()]
                print("  ".join([self.title, *numbers, *self._speed()]), flush=True)
            return
        if self.keep:
            self._draw(last=True)
        self.close()

    def close(self):
        """Gives the terminal back as it was; also for a run that is broken off."""
        if self._display is not None:
            self._display.stop()
            self._display = None

    def _speed(self):
        """How long it took and how fast it was."""
        if not self.done or not self.seconds:
            return [format_duration(self.seconds)]
        count, unit = self.done, "steps/s"
        if self.samples and self.steps:
            count, unit = self.samples * self.done / self.steps, "samples/s"
        return [format_duration(self.seconds), f"{count / self.seconds:,.0f} {unit}"]

    def _draw(self, last=False):
        # Loaded here, not above: a run that draws nothing does not pay for it.
        from rich.console import Console
        from rich.live import Live

        if self._display is None:
            console = Console(file=sys.stdout, highlight=False)
            if last:
                console.print(self._text(console, bar=False))
                return
            self._display = Live(console=console, auto_refresh=False, transient=not self.keep)
            self._display.start()
        self._display.update(self._text(self._display.console, bar=not last), refresh=True)

    def _text(self, console, bar):
        """The line, fitted to the terminal: what does not find room is the bar first, then the speed."""
        from rich.text import Text

        numbers = [(name, format_value(value)) for name, value in self.logs.items()]
        speed = self._speed()
        room = console.width - len(self.title) - sum(len(name) + len(value) + 3 for name, value in numbers)
        while speed and room - sum(len(part) + 2 for part in speed) < 0:
            speed.pop()
        gap = "  " if room >= 0 else " "
        room -= sum(len(part) + 2 for part in speed) + 2
        # In multiples of eight, or the bar would change its width with every digit that the speed gains.
        width = max(0, min(BAR_WIDTH, room)) // 8 * 8

        text = Text(self.title, style="bold", end="")
        if bar and width and self.steps:
            filled = width * self.done // self.steps
            full, rest = ("━", "━") if console.encoding.startswith("utf") else ("#", "-")
            text.append(gap)
            text.append(full * filled, style="not bold green")
            text.append(rest * (width - filled), style="not bold bright_black")
        for name, value in numbers:
            text.append(f"{gap}{name} ", style="not bold dim")
            text.append(value, style="not bold")
        text.append("".join(f"{gap}{part}" for part in speed), style="not bold dim")
        return text
