"""A training in its thread: the same bits as `fit`, whatever was watched, paused, stepped or rewound on the way."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from glassnet import Sequential, datasets, layers, utils
from glassnet.inspect.replay import Pause, Paused
from glassnet.studio.limits import Limits
from glassnet.studio.session import Session
from glassnet.studio.training_thread import TrainingThread
from glassnet.studio.turns import TURNS

(X, Y), TEST = datasets.find("spiral").load_data()
WAIT = 20


def network():
    utils.set_random_seed(5)
    model = Sequential(
        [layers.Input((2,)), layers.Dense(6, "tanh", name="hidden"), layers.Dropout(0.1), layers.Dense(1, "sigmoid", name="out")]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def fitted(steps):
    """The weights after so many steps of a plain `fit`."""
    model = network()
    with pytest.raises(Paused):
        model.fit(X, Y, batch_size=10, epochs=steps, verbose=0, callbacks=[Pause(steps)])
    return model.params.array


@pytest.fixture
def training():
    made = TrainingThread(network(), X, Y, batch_size=10, validation_data=TEST)
    yield made
    made.stop()


def wait_until(condition):
    until = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.002)


def test_watching_changes_no_bit(training):
    looks = []
    training.look = lambda model: looks.append(model.predict(X, verbose=0)) or len(looks)
    training.play()
    wait_until(lambda: training.state.step > 3000)
    training.pause()
    wait_until(lambda: not training.state.playing)
    assert len(looks) > 2
    assert training.state.seen == len(looks)
    assert (training.model.params.array == fitted(training.state.step)).all()


def test_it_stands_still_until_it_is_played(training):
    wait_until(lambda: training.state.number > 0)
    assert (training.state.step, training.state.playing, training.state.batches) == (0, False, 25)
    training.play()
    wait_until(lambda: training.state.step > 0)


@pytest.mark.parametrize(("unit", "count", "step", "epochs"), [("batch", 1, 1, 0), ("batch", 30, 30, 1), ("epoch", 2, 50, 2)])
def test_steps(training, unit, count, step, epochs):
    state = training.step(unit, count).result(WAIT)
    assert (state.step, state.epoch, state.playing) == (step, epochs, False)
    assert len(training.history.get("val_loss", ())) == epochs
    assert (training.model.params.array == fitted(step)).all()


def test_slow_motion_keeps_its_pace(training):
    training.speed = 50
    training.play()
    wait_until(lambda: training.state.step > 0)
    begun, first = time.perf_counter(), training.state.step
    wait_until(lambda: training.state.step >= first + 25)
    assert 0.3 < time.perf_counter() - begun < 10  # a busy machine may be late, never early
    training.speed = None
    wait_until(lambda: training.state.step > 2000)


def test_rewinding_and_going_on_comes_to_the_same(training):
    training.step("batch", 333).result(WAIT)
    after = training.model.params.array.copy()
    assert training.rewind(217).result(WAIT).step == 217
    assert (training.model.params.array == fitted(217)).all()
    training.step("batch", 116).result(WAIT)
    assert (training.model.params.array == after).all()
    training.rewind(200).result(WAIT)
    assert training.state.epoch == 8
    assert training.rewind(333).result(WAIT).step == 333, "what was kept of later steps stays until the training goes on"
    assert (training.model.params.array == after).all()
    with pytest.raises(ValueError, match="Expected a step that this timeline has watched"):
        training.rewind(10_000).result(WAIT)
    assert training.step("batch").result(WAIT).step == 334


def test_a_script_makes_the_same_bits_whatever_was_done_on_the_way(training, tmp_path):
    training.step("batch", 60).result(WAIT)
    training.rewind(31).result(WAIT)
    training.do(lambda model: setattr(model.optimizer, "learning_rate", 0.02)).result(WAIT)
    training.play()
    wait_until(lambda: training.state.step > 2000)
    training.pause()
    (tmp_path / "again.py").write_text(training.do(lambda model: model.to_python()).result(WAIT))
    np.savez(tmp_path / "data.npz", x=X, y=Y, x_val=TEST[0], y_val=TEST[1])
    command = [sys.executable, "again.py", "data.npz"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "The same weights, bit for bit." in done.stdout, done.stdout[-500:] + done.stderr


def test_a_branch_leaves_the_training_as_it_is(training):
    training.step("epoch", 4).result(WAIT)
    before = training.model.params.array.copy()
    branch = training.branch(50, learning_rate=0.1).result(WAIT)
    assert (branch.start, branch.steps[-1], branch.changes) == (50, 100, {"learning_rate": 0.1})
    assert (training.model.params.array == before).all()
    assert training.state.step == 100


def test_an_edit_is_what_is_trained_on_from_there(training):
    training.step("batch", 7).result(WAIT)
    training.edit(lambda model: model.params["hidden/kernel"].__setitem__((0, 0), 4.0)).result(WAIT)
    assert training.model.params["hidden/kernel"][0, 0] == 4
    training.step("batch", 3).result(WAIT)
    after = training.model.params.array.copy()
    training.rewind(7).result(WAIT)
    assert training.model.params["hidden/kernel"][0, 0] == 4
    training.step("batch", 3).result(WAIT)
    assert (training.model.params.array == after).all()
    training.rewind(3).result(WAIT)
    assert (training.model.params.array == fitted(3)).all()


def test_commands_give_their_result_or_their_error(training):
    assert training.do(lambda model: model.count_params()).result(WAIT) == 25
    with pytest.raises(ZeroDivisionError):
        training.do(lambda model: 1 / 0).result(WAIT)
    with pytest.raises(ValueError, match="Expected unit"):
        training.step("year")
    assert training.step("batch").result(WAIT).step == 1


def test_a_loss_that_is_no_number_pauses():
    model = Sequential([layers.Input((2,)), layers.Dense(1, name="out")])
    model.compile("sgd", "mean_squared_error")
    training = TrainingThread(model, X * 1e30, Y, batch_size=10)
    with pytest.warns(RuntimeWarning, match="The loss of model"):
        training.play()
        wait_until(lambda: not training.state.finite)
        wait_until(lambda: not training.state.playing)
    training.stop()


def test_a_pause_that_comes_while_a_state_is_made_is_shown(training):
    """The state in which it stands says so, with no speed left from when it went on."""
    training.play()
    wait_until(lambda: training.state.steps_per_second > 0)
    training.look = lambda model: training.pause()
    wait_until(lambda: not training.playing and not training.state.playing)
    training.look = None
    assert training.state.steps_per_second == 0


def test_a_training_that_waits_for_its_turn_obeys_at_once(training):
    TURNS.take()
    places = []
    try:
        while TURNS._free:  # as many as there are
            places.append(threading.Thread(target=TURNS.take))
            places[-1].start()
            places[-1].join()
        training.play()
        wait_until(lambda: TURNS._waiting)
        assert training.do(lambda model: "obeyed").result(WAIT) == "obeyed"
        training.pause()
        wait_until(lambda: not training.state.playing)
    finally:
        with TURNS._changed:
            TURNS._free += len(places)
        TURNS.give()


def test_data_that_do_not_fit_end_it_with_the_reason():
    training = TrainingThread(network(), X, np.zeros((len(X), 3)), batch_size=10)
    wait_until(lambda: training.ended)
    assert "Expected" in training.state.error or "expected" in training.state.error
    with pytest.raises(ValueError, match="one that has ended"):
        training.step("batch")


def test_steps_are_limited():
    training = TrainingThread(network(), X, Y, batch_size=10, limits=Limits(steps=60))
    training.play()
    wait_until(lambda: training.state.limit)
    assert training.state.step >= 60
    assert not training.state.playing
    training.stop()


@pytest.mark.parametrize("limits", [Limits(parameters=20), Limits(numbers=100)])
def test_sizes_are_limited(limits):
    with pytest.raises(ValueError, match="Expected at most .* in one session of the studio"):
        TrainingThread(network(), X, Y, limits=limits)


def test_a_session_that_ends_stops_its_threads():
    session = Session()
    first = session.train(network(), X, Y)
    second = session.train(network(), X, Y, replaces=first)
    second.play()
    assert (first.ended, second.ended, session.trainings) == (True, False, [second])
    session.close()
    assert second.ended
    wait_until(lambda: not second._thread.is_alive())
    assert session.trainings == []


def test_a_lost_connection_holds_what_plays():
    session = Session()
    played, stood = (session.train(network(), X, Y) for _ in range(2))
    played.play()
    session.hold()
    assert session.lost is not None
    assert not played.playing
    session.go_on()
    assert (played.playing, stood.playing, session.lost) == (True, False, None)
    session.close()
