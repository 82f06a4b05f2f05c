"""A training can be gone back in: what is kept, what repeats to the bit, what it costs."""

import time
import tracemalloc

import numpy as np
import pytest

import glassnet
from glassnet import callbacks, layers, optimizers
from glassnet.inspect.comparison import compare
from glassnet.inspect.timeline import Timeline
from glassnet.models import Sequential

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(53, 6)).astype("float32")
Y = RANDOM.integers(0, 3, 53)
STEPS = 7  # in an epoch of batches of 8: the last one is shorter

OPTIMIZERS = {
    "SGD": lambda: optimizers.SGD(0.1),
    "momentum and a schedule": lambda: optimizers.SGD(optimizers.schedules.CosineDecay(0.2, 20), momentum=0.9, nesterov=True),
    "Adam": lambda: optimizers.Adam(0.02, weight_decay=0.01, global_clipnorm=1.0),
    "AdamW, averaged and accumulated": lambda: optimizers.AdamW(0.02, use_ema=True, gradient_accumulation_steps=3),
    "Nadam": lambda: optimizers.Nadam(0.01),
}


def network(optimizer="Adam", dtype="float32"):
    """A small network of everything that is random."""
    glassnet.utils.set_random_seed(42)
    model = Sequential(
        [
            layers.Input((6,), dtype=dtype),
            layers.GaussianNoise(0.1, dtype=dtype),
            layers.Dense(9, "tanh", kernel_regularizer="l2", dtype=dtype, name="hidden"),
            layers.Dropout(0.3, dtype=dtype),
            layers.Dense(3, "softmax", dtype=dtype, name="out"),
        ],
        name="net",
    )
    optimizer = OPTIMIZERS[optimizer]() if isinstance(optimizer, str) else optimizer
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit(model, *watching, **arguments):
    return model.fit(X, Y, **{"epochs": 4, "batch_size": 8, "verbose": 0, "callbacks": list(watching), **arguments})


def bits(model):
    """All that training leaves behind, as bytes."""
    return b"".join(
        [model.params.array.tobytes(), model.optimizer.slots.array.tobytes(), str(int(model.optimizer.steps)).encode()]
    )


class Record(callbacks.Callback):
    """The bits after every step, and how long the chunks were."""

    def __init__(self, one_by_one=True):
        super().__init__()
        self.after, self.chunks, self._one_by_one = {}, [], one_by_one

    def needs_batches(self, phase="train"):
        return self._one_by_one

    def on_train_chunk_end(self, step, logs=None):
        now = int(self.model.optimizer.steps)
        self.chunks.append(now)
        self.after[now] = bits(self.model)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_watching_changes_no_bit(optimizer, dtype):
    alone, watched = network(optimizer, dtype), network(optimizer, dtype)
    first, second = fit(alone), fit(watched, Timeline(every=3))
    assert bits(alone) == bits(watched) and first.history == second.history


def test_exactly_the_chosen_steps_are_kept_without_chunks_of_one_step(monkeypatch):
    monkeypatch.setattr("glassnet.training.CHUNK_SECONDS", 1e3)
    model, timeline, record = network(), Timeline(every=5), Record(one_by_one=False)
    fit(model, timeline, record, epochs=40)
    assert timeline.steps == list(range(0, 40 * STEPS + 1, 5))
    assert len(record.chunks) < 0.75 * 40 * STEPS
    for snapshot in timeline:
        if snapshot.step in record.after and snapshot.step:
            kept = snapshot.params.array.tobytes() + snapshot.slots.array.tobytes() + str(snapshot.step).encode()
            assert kept == record.after[snapshot.step]


def test_a_snapshot_has_names_counts_and_loss():
    model, timeline = network(), Timeline(every=10)
    fit(model, timeline)
    snapshot = timeline.at(10)
    assert snapshot.params["hidden/kernel"].shape == (6, 9) and snapshot.slots["out/bias/momentum"].shape == (3,)
    assert (snapshot.epoch, snapshot.batches, snapshot.learning_rate) == (1, 3, 0.02)
    assert np.isnan(timeline.at(0).loss) and 0 < snapshot.loss < 5 and set(snapshot.logs) == {"loss", "accuracy"}
    with pytest.raises(ValueError, match="read-only"):
        snapshot.params["hidden/kernel"][0, 0] = 1
    assert np.array_equal(timeline.at(28).params.array, model.params.array)


def test_the_loss_of_a_snapshot_is_that_of_its_batch():
    model, timeline = network(optimizers.SGD(0.1)), Timeline(every=1)
    record = fit(model, timeline, epochs=1, batch_size=53)
    assert timeline.at(1).loss == pytest.approx(record.history["loss"][0], rel=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_rewound_to_any_step_and_repeated(optimizer, dtype):
    """Kept or not, amid an epoch or between two: the state is that of the first time, and so is all that follows."""
    model, timeline, record = network(optimizer, dtype), Timeline(every=6), Record()
    first = fit(model, timeline, record, validation_split=0.15)
    end = bits(model)
    steps = record.chunks[-1]
    for step in (23, 6, 13, 6, 18, 20, steps // 4, 0):
        snapshot = timeline.rewind(step)
        assert snapshot.step == step and (step == 0 or bits(model) == record.after[step])
        assert model.history is first
    for step in (20, 12, 6, 2):
        timeline.rewind(step)
        again = timeline.resume()
        assert bits(model) == end
        whole = 4 - len(again.epoch)
        assert again.history == {name: values[whole:] for name, values in first.history.items()}


def test_rewound_and_gone_on_with_by_fit():
    model, timeline = network(), Timeline(every=5)
    first = fit(model, timeline)
    end, snapshot = bits(model), timeline.rewind(10)
    again = fit(model, initial_epoch=snapshot.epoch)
    assert bits(model) == end and again.history["loss"] == first.history["loss"][1:]


def test_other_data_after_a_rewind_begin_an_epoch_of_their_own():
    model, timeline = network(), Timeline(every=5)
    fit(model, timeline)
    timeline.rewind(10)
    model.fit(X[:24], Y[:24], batch_size=8, epochs=1, verbose=0)
    assert int(model.optimizer.steps) == 13


def test_unshuffled_weighted_and_shortened_epochs():
    model, timeline = network(), Timeline(every=4)
    weights = RANDOM.uniform(0.5, 1, 53)
    fit(model, timeline, shuffle=False, sample_weight=weights, class_weight={0: 2.0}, steps_per_epoch=3)
    end = bits(model)
    for step in (10, 3):
        timeline.rewind(step)
        timeline.resume()
        assert bits(model) == end


def test_paused_at_every_step_on_the_way():
    model, straight = network("momentum and a schedule"), network("momentum and a schedule")
    timeline, record = Timeline(every=4), Record()
    fit(straight, record)
    fit(model, timeline)
    timeline.rewind(1)
    for step in range(2, 4 * STEPS):
        timeline.resume(until=step)
        assert bits(model) == record.after[step]
    timeline.resume()
    assert bits(model) == bits(straight)
    assert len(timeline._runs) == 1


def test_trained_further_than_the_first_time():
    long, model, timeline = network(), network(), Timeline(every=5)
    fit(long, epochs=6)
    fit(model, timeline)
    timeline.rewind(11)
    timeline.resume(until=6 * STEPS)
    assert bits(model) == bits(long) and timeline.steps[-1] == 42


def test_learning_rates_that_callbacks_set_are_repeated():
    def rate(epoch):
        return 0.1 / (epoch + 1)

    for watching in (0, 1):
        model, timeline, record = network("SGD"), Timeline(every=9), Record()
        order = [callbacks.LearningRateScheduler(rate), record]
        order.insert(2 * watching, timeline)
        fit(model, *order)
        for step in (9, 13, 7, 14, 20, 27):
            timeline.rewind(step)
            assert bits(model) == record.after[step]
            assert float(model.optimizer.learning_rate) == rate(step // STEPS)


def test_a_learning_rate_that_is_a_function_is_asked_once_a_step():
    asked = []

    def rate():
        asked.append(0.1 / (1 + len(asked)))
        return asked[-1]

    model, timeline, record = network(optimizers.SGD(rate)), Timeline(every=8), Record()
    fit(model, timeline, record)
    assert len(asked) == 28
    timeline.rewind(21)
    assert bits(model) == record.after[21] and len(asked) == 28
    assert model.optimizer.learning_rate == asked[-1] and len(asked) == 29


def test_within_its_budget_whatever_the_length():
    model = network()
    one = Timeline(every=1)
    fit(model, one, epochs=1)
    budget = 10 * one.at(0).nbytes + 10 * model._training.compiled.program.totals.nbytes
    model, timeline = network(), Timeline(every=1, memory=budget)
    seen = []
    watch = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((timeline.nbytes, len(timeline), timeline.stride))
    )
    fit(model, timeline, watch, epochs=30)
    assert max(nbytes for nbytes, _, _ in seen) <= budget and min(kept for _, kept, _ in seen) >= 4
    assert timeline.nbytes == sum(snapshot.nbytes for snapshot in timeline)
    assert timeline.stride == 32 and timeline.steps == [*range(0, 210, 32), 210]
    end = bits(model)
    timeline.rewind(100)
    timeline.resume()
    assert bits(model) == end


def test_too_small_a_budget_is_refused():
    with pytest.raises(ValueError, match="Expected memory for three states of model 'net' at least, .* Received: memory=100"):
        fit(network(), Timeline(memory=100))


def test_several_trainings_on_one_timeline():
    model, timeline, record = network("AdamW, averaged and accumulated"), Timeline(every=10), Record()
    fit(model, timeline, record, epochs=2)
    between = bits(model)
    model.params.array[0] += 1  # by hand: the next training begins from here
    fit(model, timeline, record, epochs=3, batch_size=16)
    after, record.after[14] = bits(model), None
    timeline.rewind(13)
    assert bits(model) == record.after[13]
    timeline.rewind(21)
    assert bits(model) == record.after[21]
    timeline.rewind(14)
    assert bits(model) != between
    timeline.resume()
    assert bits(model) == after


def test_the_oldest_trainings_go_when_memory_is_short():
    probe, model = Timeline(every=100), network("SGD")
    fit(model, probe, epochs=1)
    model, timeline = network("SGD"), Timeline(every=100, memory=6 * probe.at(0).nbytes + 300)
    for _ in range(10):
        fit(model, timeline, epochs=1)
    assert timeline.nbytes <= timeline.memory and timeline.steps == [35, 42, 49, 56, 63, 70]
    with pytest.raises(ValueError, match=r"Expected a step that this timeline has watched: .* to 70\. Received: 3\."):
        timeline.rewind(3)
    end = bits(model)
    timeline.rewind(66)
    timeline.resume()
    assert bits(model) == end and timeline.nbytes <= timeline.memory


def test_in_the_least_memory_there_may_be():
    record, probe = Record(), Timeline(every=1)
    fit(network(), probe, record)
    model, timeline = network(), Timeline(every=1, memory=3 * probe.at(1).nbytes)
    fit(model, timeline)
    for step in (9, 20, 3, 28, 0):
        timeline.rewind(step)
        assert step == 0 or bits(model) == record.after[step]
    timeline.resume()
    assert bits(model) == record.after[28] and 2 <= len(timeline) <= 3


def test_small_snapshots_count_with_the_objects_that_hold_them():
    model, timeline = network("SGD"), Timeline(every=1)
    fit(model, Timeline(every=1), epochs=1)  # what is made once does not count
    tracemalloc.start()
    fit(model, timeline, epochs=100)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(timeline) == 701 and timeline.nbytes == pytest.approx(taken, rel=0.5)


def test_training_after_a_rewind_replaces_what_came_later():
    model, timeline = network(), Timeline(every=5)
    fit(model, timeline)
    timeline.rewind(12)
    fit(model, timeline, initial_epoch=1, epochs=2, batch_size=53)
    assert timeline.steps == [0, 5, 10, 12, 13]


# -- branches ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("step", [6, 16])
def test_a_branch_without_changes_is_the_same_training(optimizer, step):
    model, timeline = network(optimizer), Timeline(every=6)
    fit(model, timeline)
    end, kept = bits(model), timeline.steps
    branch = timeline.branch(step)
    assert bits(branch.model) == end == bits(model) and timeline.steps == kept
    assert branch.model is not model and not np.shares_memory(branch.model.params.array, model.params.array)
    difference = compare(timeline, branch)
    assert difference.steps == [s for s in kept if s >= step] and not any(d.any() for d in difference.distance.values())


@pytest.mark.parametrize(
    ("optimizer", "changes"),
    [
        ("SGD", {"learning_rate": 0.5}),
        ("SGD", {"momentum": 0.9}),
        ("momentum and a schedule", {"learning_rate": 0.05}),
        ("Adam", {"beta_1": 0.5, "clipvalue": 0.1, "global_clipnorm": None}),
        ("Adam", {"use_ema": True}),
    ],
)
def test_a_branch_goes_its_own_way_from_its_step_on(optimizer, changes):
    model, timeline, record = network(optimizer), Timeline(every=6), Record()
    fit(model, timeline, record)
    end = bits(model)
    branch = timeline.branch(15, **changes)
    assert bits(model) == end and branch.start == 15 and branch.changes == changes
    assert np.array_equal(branch.at(15).params.array, np.frombuffer(record.after[15], "float32", model.params.array.size))
    assert not np.array_equal(branch.model.params.array, model.params.array)
    assert int(branch.model.optimizer.steps) == 28 and branch.steps == [15, 18, 24, 28]
    once = bits(branch.model)
    branch.rewind(20)
    branch.resume()
    assert bits(branch.model) == once


def test_a_branch_does_what_the_same_change_by_hand_does():
    model, timeline = network("Adam"), Timeline(every=7)
    fit(model, timeline)
    branch = timeline.branch(14, learning_rate=0.1)
    timeline.rewind(14)
    model.optimizer.learning_rate = 0.1
    fit(model, initial_epoch=2)
    assert bits(model) == bits(branch.model)


def test_a_branch_of_a_branch_and_one_that_waits():
    timeline = Timeline(every=7)
    fit(network("SGD"), timeline)
    branch = timeline.branch(7, until=7, learning_rate=0.2)
    assert branch.steps == [7] and int(branch.model.optimizer.steps) == 7
    branch.resume(until=21)
    twig = branch.branch(14, learning_rate=0.3)
    assert branch.steps == twig.parent.steps == [7, 14, 21] and twig.steps == [14, 21]
    assert twig.at(14).learning_rate == 0.3 and branch.at(14).learning_rate == 0.2


def test_weights_without_decay_stay_without_in_a_branch():
    adam = optimizers.AdamW(0.02, weight_decay=0.5)
    adam.exclude_from_weight_decay(var_names=["kernel"])
    model, timeline = network(adam), Timeline(every=7)
    fit(model, timeline)
    assert bits(timeline.branch(7).model) == bits(model)


def test_a_branch_leaves_the_random_numbers_of_the_program_alone():
    timeline = Timeline()
    fit(network(), timeline)
    glassnet.utils.set_random_seed(5)
    expected = glassnet.random.draw_seed()
    glassnet.utils.set_random_seed(5)
    timeline.branch(3, learning_rate=0.1)
    assert glassnet.random.draw_seed() == expected


def test_a_comparison_is_number_by_number():
    model, timeline = network("SGD"), Timeline(every=7)
    fit(model, timeline)
    branch = timeline.branch(7, learning_rate=0.5)
    result = compare(timeline, branch)
    a, b = timeline.at(14).params, branch.at(14).params
    assert np.array_equal(result.difference(14)["out/kernel"], b["out/kernel"].astype(float) - a["out/kernel"])
    both = [np.linalg.norm(b[f"hidden/{v}"].astype(float) - a[f"hidden/{v}"]) for v in ("kernel", "bias")]
    assert result.by_layer["hidden"][1] == pytest.approx(np.hypot(*both)) and result.distance["hidden/bias"][0] == 0
    assert result.loss.tolist()[1] == [timeline.at(14).loss, branch.at(14).loss]
    lines = str(result).splitlines()
    assert lines[0].split() == ["step", "loss", "loss", "hidden", "out"] and len(lines) == 1 + 4


# -- errors --------------------------------------------------------------------------------------------------------------


def test_errors_say_what_there_is():
    model, timeline = network(), Timeline(every=2)
    with pytest.raises(ValueError, match=r"Expected a timeline that has watched a training, by fit\(callbacks=\[timeline\]\)"):
        timeline.at(0)
    with pytest.raises(ValueError, match=r"has watched: none\. Received: 0\."):
        timeline.rewind(0)
    fit(model, timeline)
    with pytest.raises(ValueError, match=r"Expected one of the 15 kept steps 0, 2, 4, \.\.\., 28\. Received: 3\. Use rewind"):
        timeline.at(3)
    with pytest.raises(ValueError, match=r"Expected a step that this timeline has watched: 0 to 28\. Received: 29\."):
        timeline.rewind(29)
    with pytest.raises(ValueError, match="Expected arguments among learning_rate, .* Received: speed"):
        timeline.branch(4, speed=3)
    with pytest.raises(ValueError, match="Expected until as a step after the present one, 28. Received: until=3."):
        timeline.resume(until=3)
    model.params.array[0] += 1
    with pytest.raises(ValueError, match="Expected model 'net' as it was after step 28. It has changed: call rewind first."):
        timeline.resume()
    with pytest.raises(ValueError, match="Expected the model 'net' that this timeline has watched before. Received: another"):
        fit(network(), timeline)
    with pytest.raises(ValueError, match="watched: 0 to 28. Received: 'last'"):
        timeline.rewind("last")
    with pytest.raises(ValueError, match="Expected memory as a number of bytes. Received: memory='64 MB'"):
        Timeline(memory="64 MB")
    assert str(compare(timeline, timeline)).splitlines()[1].split()[:3] == ["0", "-", "-"]  # no loss before the first step
    with pytest.raises(ValueError, match="Expected every as a positive number of steps. Received: every=0."):
        Timeline(every=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="Expected a model with the numbers of the optimizer that were kept at step 2"):
        timeline.rewind(2)


def test_comparing_other_networks_is_refused():
    one, other = Timeline(), Timeline()
    fit(network(), one)
    model = Sequential([layers.Input((6,)), layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    fit(model, other)
    with pytest.raises(ValueError, match="Expected timelines of the same network"):
        compare(one, other)
    with pytest.raises(TypeError, match=r"Expected two timelines. Received: 3. Give compare .* timeline.branch\("):
        compare(one, 3)


# -- cost ----------------------------------------------------------------------------------------------------------------


def test_keeping_does_not_interrupt_the_compiled_loop(monkeypatch):
    """As many chunks as without a timeline, however many states are kept, until their memory is used up."""
    monkeypatch.setattr("glassnet.training.CHUNK_SECONDS", 1e3)
    record, alone = Record(one_by_one=False), Record(one_by_one=False)
    timeline = Timeline(every=2)
    fit(network(), timeline, record, epochs=40)
    fit(network(), alone, epochs=40)
    assert record.chunks == alone.chunks and len(timeline) > 2 * len(alone.chunks)


def test_two_timelines_at_once_are_refused():
    with pytest.raises(ValueError, match="one timeline at a time"):
        fit(network(), Timeline(), Timeline())


def test_every_hundred_steps_cost_little():
    """Under 5 % of the time of training 784-16-16-10: the least of many trainings, side by side, in time of this thread alone."""
    x, y = RANDOM.integers(0, 256, (19200, 784)).astype("uint8"), RANDOM.integers(0, 10, 19200)
    model = Sequential(
        [
            layers.Input((784,)),
            layers.Rescaling(1 / 255),
            layers.Dense(16, "sigmoid"),
            layers.Dense(16, "sigmoid"),
            layers.Dense(10, "softmax"),
        ]
    )
    model.compile(optimizers.SGD(0.5), "sparse_categorical_crossentropy")

    def seconds(*watching):
        begun = time.thread_time()
        model.fit(x, y, epochs=2, batch_size=32, verbose=0, callbacks=list(watching))
        return time.thread_time() - begun

    seconds()
    alone, watched = [], []
    for _ in range(8):
        for _ in range(15):
            timeline = Timeline(every=100)
            alone.append(seconds())
            watched.append(seconds(timeline))
            assert len(timeline) == 13
        if min(watched) < 1.05 * min(alone):
            return
    raise AssertionError(f"a timeline costs {min(watched) / min(alone) - 1:.1%}")


@pytest.mark.parametrize("changes", [{}, {"learning_rate": 0.05}])
def test_a_layer_frozen_after_compile_is_trained_on_in_a_branch_as_here(changes):
    model = network()
    hidden = model.get_layer("hidden")
    hidden.trainable = False  # compiled before: it is trained, as in Keras, until it is compiled again
    start, timeline = hidden.get_weights()[0], Timeline(every=2)
    fit(model, timeline)
    assert not np.array_equal(hidden.get_weights()[0], start)
    branch = timeline.branch(2, **changes).model
    assert bits(branch) == bits(model) or changes
    assert not np.array_equal(branch.get_layer("hidden").get_weights()[0], timeline.at(2).params["hidden/kernel"])
