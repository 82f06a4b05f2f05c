"""The progress bar on a terminal, in a pipe, and not at all."""

import io
import re
import time

import pytest

from glassnet.callbacks import CallbackList, LambdaCallback
from glassnet.progress import REFRESH_SECONDS, ProgressLine

PARAMS = {"epochs": 2, "steps": 4, "samples": 128}
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class Terminal(io.StringIO):
    """A standard output that says it is a terminal of 100 columns."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A function that puts a terminal in place of standard output; pytest would undo it if it were done here."""
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "100"}.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)

    def open_terminal():
        stream = Terminal()
        monkeypatch.setattr("sys.stdout", stream)
        return stream

    return open_terminal


@pytest.fixture
def slow_clock(monkeypatch):
    """Each look at the clock is a little later than the display needs to be drawn again."""
    now = [0.0]

    def tick():
        now[0] += REFRESH_SECONDS * 1.5
        return now[0]

    monkeypatch.setattr(time, "perf_counter", tick)


def fit(verbose, *more):
    with CallbackList(list(more), add_progbar=True, verbose=verbose, **PARAMS) as run:
        run.on_train_begin()
        for epoch in range(PARAMS["epochs"]):
            run.on_epoch_begin(epoch)
            for step in (2, 4):
                run.on_train_chunk_end(step, {"loss": 1 / step, "accuracy": 0.5})
            run.on_test_begin()
            run.on_test_chunk_end(1, {"loss": 9.0})
            run.on_test_end({"loss": 9.0})
            run.on_epoch_end(epoch, {"loss": 0.25, "accuracy": 0.5, "val_loss": 0.125})
        run.on_train_end()


def screen(text):
    """What a terminal shows after `text`: colours dropped, erased lines erased."""
    lines = []
    for line in re.sub(r"\x1b\[(\?25[lh]|[\d;]*m)", "", text).split("\n"):
        up = line.count("\x1b[1A")
        if up:
            del lines[-up:]
        lines.append(re.sub(r"^.*(\r|\x1b\[2K|\x1b\[1A)", "", line.rstrip("\r")))
    return lines


@pytest.mark.parametrize("verbose", ["auto", 1, 2])
def test_a_pipe_gets_one_plain_line_an_epoch(verbose, capsys):
    fit(verbose)
    lines = capsys.readouterr().out.splitlines()
    assert not CONTROL.search("".join(lines))
    assert len(lines) == 2
    for epoch, line in enumerate(lines, start=1):
        assert re.fullmatch(
            rf"Epoch {epoch}/2  loss 0\.2500  accuracy 0\.5000  val_loss 0\.1250  [\d.]+ m?s  [\d,]+ samples/s", line
        )


def test_verbose_0_prints_nothing(terminal):
    stream = terminal()
    fit(0)
    assert stream.getvalue() == ""


def test_verbose_2_prints_plain_lines_on_a_terminal_too(terminal):
    stream = terminal()
    fit(2)
    assert not CONTROL.search(stream.getvalue())
    assert stream.getvalue().count("\n") == 2


def test_an_unknown_verbose_is_refused():
    with pytest.raises(ValueError, match="Received: verbose=3"):
        fit(3)


def test_a_terminal_gets_a_live_line_that_stays_when_the_epoch_is_over(terminal, slow_clock):
    stream = terminal()
    fit("auto")
    text = stream.getvalue()
    bars = re.findall(r"━+", text)
    assert len(bars) >= 4
    shown = [line for line in screen(text) if line]
    assert [line.split("  ")[:4] for line in shown] == [
        ["Epoch 1/2", "loss 0.2500", "accuracy 0.5000", "val_loss 0.1250"],
        ["Epoch 2/2", "loss 0.2500", "accuracy 0.5000", "val_loss 0.1250"],
    ]


def test_a_short_epoch_draws_only_its_last_line(terminal):
    stream = terminal()
    fit("auto")
    assert "━" not in stream.getvalue()
    assert "\x1b[?25l" not in stream.getvalue()
    assert len([line for line in screen(stream.getvalue()) if line]) == 2


def test_what_callbacks_print_stands_above_the_live_line(terminal, slow_clock):
    stream = terminal()
    fit("auto", LambdaCallback(on_epoch_end=lambda epoch, logs: print(f"note {epoch}")))
    shown = [line for line in screen(stream.getvalue()) if line]
    assert [line.split("  ")[0] for line in shown] == ["note 0", "Epoch 1/2", "note 1", "Epoch 2/2"]


def test_the_cursor_comes_back_when_training_breaks_off(terminal, slow_clock):
    stream = terminal()
    with pytest.raises(KeyboardInterrupt):
        fit("auto", LambdaCallback(on_test_begin=lambda logs: (_ for _ in ()).throw(KeyboardInterrupt)))
    text = stream.getvalue()
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 200])
def test_the_live_line_fits_the_terminal(columns, terminal, slow_clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = terminal()
    line = ProgressLine("Epoch 1/1", steps=10, samples=320)
    line.update(5, {"loss": 0.5})
    line.finish()
    text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", stream.getvalue())
    assert "loss 0.5000" in " ".join(text.split())
    assert max(len(part) for part in re.split(r"[\r\n]", text)) <= columns


def test_evaluate_keeps_its_line_and_predict_does_not(terminal, slow_clock):
    stream = terminal()
    with CallbackList(add_progbar=True, verbose="auto", steps=4, samples=128) as run:
        run.on_test_begin()
        run.on_test_chunk_end(2, {"loss": 0.5})
        run.on_test_end({"loss": 0.25})
        run.on_predict_begin()
        run.on_predict_chunk_end(2, {"outputs": None})
        run.on_predict_end()
    shown = [line for line in screen(stream.getvalue()) if line]
    assert len(shown) == 1
    assert shown[0].startswith("Evaluate  loss 0.2500")
    assert "Predict" in stream.getvalue()


def test_predict_in_a_pipe_is_silent(capsys):
    with CallbackList(add_progbar=True, verbose="auto", steps=4) as run:
        run.on_predict_begin()
        run.on_predict_chunk_end(4)
        run.on_predict_end()
    assert capsys.readouterr().out == ""


def test_the_speed_is_that_of_training_without_validation(monkeypatch, capsys):
    times = iter([0.0, 2.0, 10.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(times))
    line = ProgressLine("Epoch 1/1", steps=10, samples=320, live=False)
    line.update(5, {"loss": 0.5})
    line.finish({"loss": 0.5})
    assert capsys.readouterr().out == "Epoch 1/1  loss 0.5000  2.0 s  80 samples/s\n"
