"""Learning-rate schedules against Keras's, one step and many, and what they refuse."""

import json

import numpy as np
import pytest
from reference.load import load

from glassnet import schedules

TABLE = load("schedules")
STEPS = np.array(TABLE["steps"])
CASES = TABLE["cases"]


def build(case):
    return getattr(schedules, case["class"])(**case["arguments"])


@pytest.mark.parametrize("name", CASES)
def test_an_array_of_steps_gives_kerass_rates_in_float64(name):
    rates = build(CASES[name])(STEPS)
    assert rates.dtype == np.float64
    np.testing.assert_allclose(rates, CASES[name]["float64"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", CASES)
def test_one_step_at_a_time_gives_the_same(name):
    schedule = build(CASES[name])
    rates = [schedule(int(step)) for step in STEPS]
    assert all(isinstance(rate, float) and np.ndim(rate) == 0 for rate in rates)
    np.testing.assert_array_equal(rates, schedule(STEPS))
    np.testing.assert_array_equal(schedule.rates(STEPS), schedule(STEPS))


@pytest.mark.parametrize("name", CASES)
def test_a_schedule_comes_back_from_json(name):
    schedule = build(CASES[name])
    again = schedules.deserialize(json.loads(json.dumps(schedules.serialize(schedule))))
    assert type(again) is type(schedule)
    assert again.get_config() == schedule.get_config()
    np.testing.assert_array_equal(again(STEPS), schedule(STEPS))


@pytest.mark.parametrize("t_mul", [1.0, 1.5, 2.0, 3.0, 7.0])
def test_every_cycle_of_the_restarts_begins_at_the_top(t_mul):
    schedule = schedules.CosineDecayRestarts(0.1, first_decay_steps=64, t_mul=t_mul)
    starts = 64 * np.concatenate([[0], np.cumsum(t_mul ** np.arange(6))])
    np.testing.assert_allclose(schedule(starts), 0.1, rtol=1e-9)
    assert (schedule(starts[1:] - 0.5) < 0.001).all()


def test_a_warm_up_of_no_steps_begins_with_the_decay():
    schedule = schedules.CosineDecay(0.01, 100, warmup_target=0.2, warmup_steps=0)
    np.testing.assert_array_equal(schedule(STEPS), schedules.CosineDecay(0.2, 100)(STEPS))


def test_a_polynomial_never_leaves_its_range():
    schedule = schedules.PolynomialDecay(1.0, decay_steps=0.1, end_learning_rate=0.0, power=0.5, cycle=True)
    rates = schedule(np.arange(1000))
    assert ((rates >= 0) & (rates <= 1)).all()


def test_no_boundaries_mean_one_rate():
    assert schedules.PiecewiseConstantDecay([], [0.3])(1000) == 0.3


def test_a_schedule_of_ones_own_may_branch_on_the_step():
    class Halved(schedules.LearningRateSchedule):
        def __call__(self, step):
            return 1 if step < 2 else 0.5

    rates = Halved().rates(np.arange(4))
    assert rates.dtype == np.float64
    assert rates.tolist() == [1.0, 1.0, 0.5, 0.5]


def test_the_base_class_has_no_rate():
    with pytest.raises(NotImplementedError, match="__call__"):
        schedules.LearningRateSchedule()(0)


@pytest.mark.parametrize(
    ("name", "arguments", "complaint"),
    [
        ("ExponentialDecay", (0.1, 0, 0.9), "decay_steps.*Received: decay_steps=0"),
        ("ExponentialDecay", (0.1, 10, -0.9), "decay_rate"),
        ("ExponentialDecay", ("fast", 10, 0.9), "initial_learning_rate.*'fast'"),
        ("ExponentialDecay", (float("nan"), 10, 0.9), "initial_learning_rate"),
        ("InverseTimeDecay", (0.1, -1, 0.9), "decay_steps"),
        ("PolynomialDecay", (0.1, 0), "decay_steps"),
        ("PolynomialDecay", (0.1, 10, 0.0, -1.0), "power"),
        ("CosineDecay", (0.1, 0), "decay_steps"),
        ("CosineDecay", (0.1, 10, 0.0, "CosineDecay", 0.2, -5), "warmup_steps"),
        ("CosineDecayRestarts", (0.1, 0), "first_decay_steps"),
        ("CosineDecayRestarts", (0.1, 10, 0.5), "t_mul"),
        ("PiecewiseConstantDecay", ([1, 2], [1.0, 0.5]), "one value more.*2 boundaries and 2 values"),
        ("PiecewiseConstantDecay", ([2, 1], [1.0, 0.5, 0.1]), "increasing"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(name, arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        getattr(schedules, name)(*arguments)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="cosine_decay.*Received: 'sawtooth'"):
        schedules.get("sawtooth")
