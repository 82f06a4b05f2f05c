"""Training with recurrence: saved, resumed, cut into chunks or rewound: the same bits; masks, two directions, refusals."""

import numpy as np
import pytest
from test_gradients import check, stack
from test_timeline import Record, bits

import glassnet
from glassnet import layers, load_model, losses
from glassnet.inspect.timeline import Timeline
from glassnet.models import Sequential

RANDOM = np.random.default_rng(0)
NUMBERS = RANDOM.integers(0, 6, (24, 5))
SERIES = RANDOM.normal(size=(24, 5, 3)).astype("float32")
CLASSES = RANDOM.integers(0, 3, 24)
WIDE = {"dtype": "float64", "kernel_initializer": "random_normal", "bias_initializer": "random_normal"}

STACKS = {
    "simple": lambda: [layers.SimpleRNN(4, dropout=0.2, recurrent_dropout=0.2)],
    "two directions": lambda: [layers.Bidirectional(layers.GRU(4, return_sequences=True)), layers.GRU(3, reset_after=False)],
    "kept states": lambda: [layers.LSTM(4, stateful=True, dropout=0.2)],
    "kept in two directions": lambda: [layers.Bidirectional(layers.GRU(4, stateful=True))],
}


def network(name):
    """Numbers with padding through a table and recurrent layers to classes, in batches of 8."""
    glassnet.utils.set_random_seed(5)
    embedding = layers.Embedding(6, 3, mask_zero=True)
    model = Sequential([layers.Input((5,), batch_size=8), embedding, *STACKS[name](), layers.Dense(3, "softmax")], name="net")
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def fit(model, *watching, **arguments):
    arguments = {"epochs": 4, "batch_size": 8, "verbose": 0, "callbacks": list(watching), **arguments}
    return model.fit(NUMBERS, CLASSES, **arguments)


def everything(model):
    """The bits of weights, optimizer and kept states."""
    return bits(model) + model.state.array.tobytes()


@pytest.mark.parametrize("name", STACKS)
def test_saved_and_resumed_half_way(name, tmp_path):
    straight, saved = network(name), network(name)
    for model in (straight, saved):
        fit(model, epochs=2)
    saved.save(tmp_path / "half.safetensors")
    glassnet.utils.set_random_seed(7)
    resumed = load_model(tmp_path / "half.safetensors")
    assert everything(resumed) == everything(straight)
    answers = [model.predict(NUMBERS, batch_size=8, verbose=0) for model in (resumed, straight)]
    assert np.array_equal(*answers)
    for model in (straight, resumed):
        fit(model, initial_epoch=2)
    assert everything(resumed) == everything(straight)


@pytest.mark.parametrize("name", STACKS)
def test_in_one_chunk_or_in_many(name):
    whole, stepwise, record = network(name), network(name), Record()
    histories = [fit(whole).history, fit(stepwise, record).history]
    assert record.chunks == list(range(1, 13))
    assert everything(whole) == everything(stepwise) and histories[0] == histories[1]


@pytest.mark.parametrize("name", STACKS)
def test_a_timeline_goes_back_to_the_states_too(name):
    model, timeline = network(name), Timeline(every=5)
    kept = {}

    class States(Record):
        def on_train_chunk_end(self, step, logs=None):
            kept[int(self.model.optimizer.steps)] = everything(self.model)

    fit(model, timeline, States())
    end = everything(model)
    for step in (7, 5, 10, 3):
        timeline.rewind(step)
        assert everything(model) == kept[step]
        timeline.resume()
        assert everything(model) == end


@pytest.mark.parametrize("make", [layers.LSTM, layers.GRU, layers.SimpleRNN])
def test_with_an_assistant_thread_or_without(make, monkeypatch):
    x, y = RANDOM.normal(size=(128, 9, 40)), RANDOM.integers(0, 3, 128)
    results = []
    for processors in (2, 2, 1):
        monkeypatch.setattr("os.cpu_count", lambda count=processors: count)
        glassnet.utils.set_random_seed(1)
        model = Sequential([layers.Input((9, 40)), make(70), layers.Dense(3, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, y, epochs=2, batch_size=64, verbose=0)
        results.append(model.params.array.tobytes())
    assert results[0] == results[1] == results[2]


CELLS = {
    "SimpleRNN": lambda **options: layers.SimpleRNN(3, **WIDE, **options),
    "LSTM": lambda **options: layers.LSTM(3, **WIDE, **options),
    "GRU": lambda **options: layers.GRU(3, **WIDE, **options),
    "GRU, reset before": lambda **options: layers.GRU(3, **WIDE, reset_after=False, **options),
}


@pytest.mark.parametrize("cell", CELLS)
def test_two_halves_of_a_sequence_are_the_whole(cell):
    """What is kept of the first half is all that the second needs: by states handed on, and by states kept."""
    layer = CELLS[cell](return_sequences=True, return_state=True)
    x = RANDOM.normal(size=(4, 6, 2))
    whole, *last = layer(x)
    first, *between = layer(x[:, :3])
    second, *end = layer(x[:, 3:], initial_state=between)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, rtol=1e-12)
    np.testing.assert_allclose(end, last, rtol=1e-12)
    keeping = CELLS[cell](return_sequences=True, stateful=True)
    keeping.build((4, 3, 2))
    keeping.set_weights(layer.get_weights())
    assert np.array_equal(keeping(x[:, :3]), first) and np.array_equal(keeping(x[:, 3:]), second)
    keeping.reset_state()
    assert np.array_equal(keeping(x[:, :3]), first)


# -- derivatives -------------------------------------------------------------------------------------------------------


def padded():
    """Leaves out the steps without a positive number: a mask that the small moves of central differences do not change."""
    return layers.Activation("relu", dtype="float64"), layers.Masking(dtype="float64", name="padding")


@pytest.mark.parametrize("options", [{}, {"return_sequences": True, "zero_output_for_mask": True, "go_backwards": True}], ids=str)
@pytest.mark.parametrize("cell", CELLS)
def test_derivatives_with_masks(cell, options):
    model = stack(*padded(), CELLS[cell](**options), layers.Dense(2, dtype="float64"), input_shape=(5, 2))
    check(model, losses.MeanSquaredError())
    assert 0 < model.trace(RANDOM.normal(size=(9, 5, 2)))["padding/mask"].mean() < 1


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("merge_mode", ["concat", "sum", "mul", "ave"])
def test_derivatives_in_two_directions(merge_mode, masked):
    before = padded() if masked else ()
    options = {"return_sequences": True, "dropout": 0.3, "seed": 3}
    both = layers.Bidirectional(CELLS["GRU"](**options), merge_mode, dtype="float64")
    check(stack(*before, both, layers.Dense(2, dtype="float64"), input_shape=(4, 2)), losses.MeanSquaredError(), training=True)


def test_the_derivative_by_a_table_is_the_sum_over_the_places_that_read_it():
    model = stack(layers.Embedding(7, 3, embeddings_regularizer="l2", dtype="float64", name="table"), input_shape=(5,))
    model.compile("sgd", "mean_squared_error")
    t = model.trace(NUMBERS, RANDOM.normal(size=(24, 5, 3)))
    expected = 2 * 0.01 * t["table/embeddings"]
    np.add.at(expected, NUMBERS, t["d table/a"])
    np.testing.assert_allclose(t["d table/embeddings"], expected, rtol=1e-12)
    assert np.array_equal(t["table/a"], t["table/embeddings"][NUMBERS])


# -- refusals ----------------------------------------------------------------------------------------------------------

TABLE = lambda: Sequential([layers.Input((5,)), layers.Embedding(6, 3), layers.LSTM(4), layers.Dense(3, "softmax")])  # noqa: E731
CALLS = {
    "fit": lambda model, x, y: model.fit(x, y, verbose=0),
    "validation": lambda model, x, y: model.fit(NUMBERS, CLASSES, validation_data=(x, y), verbose=0),
    "evaluate": lambda model, x, y: model.evaluate(x, y, verbose=0),
    "predict": lambda model, x, y: model.predict(x, verbose=0),
    "call": lambda model, x, y: model(x),
    "train_on_batch": lambda model, x, y: model.train_on_batch(x, y),
    "trace": lambda model, x, y: model.trace(x, y),
}


@pytest.mark.parametrize("wrong", [6, -1, 2.5])
@pytest.mark.parametrize("call", CALLS)
def test_numbers_that_no_row_has_are_refused_before_anything_is_learnt(call, wrong):
    model = TABLE()
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = model.params.array.copy()
    x = NUMBERS.astype("float32")
    x[3, 1] = wrong
    with pytest.raises(ValueError, match=rf"from 0 to 5 .* Received: {wrong}\D.*at index \(3, 1\)"):
        CALLS[call](model, x, CLASSES)
    assert np.array_equal(model.params.array, before)


@pytest.mark.parametrize("call", CALLS)
def test_batches_of_another_size_than_the_kept_states_are_refused(call):
    model = network("kept states")
    fit(model, epochs=1)
    before = everything(model)
    with pytest.raises(ValueError, match="8"):
        CALLS[call](model, NUMBERS[:7], CLASSES[:7])
    assert everything(model) == before


def test_data_that_leave_a_part_of_a_batch_are_refused():
    model = network("kept states")
    fit(model, epochs=1)
    before = everything(model)
    with pytest.raises(ValueError, match="8"):
        model.fit(NUMBERS[:20], CLASSES[:20], batch_size=8, verbose=0)
    assert everything(model) == before


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: layers.LSTM(4, stateful=True).build((None, 5, 3)), "Input\\(\\(5, 3\\), batch_size=...\\)"),
        (lambda: layers.GRU(4).build((None, 5)), "inputs of shape \\(batch, steps, features\\)"),
        (lambda: layers.GRU(0), "positive whole number of units"),
        (lambda: layers.LSTM(4, dropout=1.0), "dropout from 0 to below 1"),
        (lambda: layers.SimpleRNN(4)(SERIES, initial_state=np.zeros((24, 3))), "an initial state of shape \\(24, 4\\)"),
        (lambda: layers.SimpleRNN(4)(SERIES, mask=np.ones((24, 4))), "a mask of shape \\(24, 5\\)"),
        (lambda: layers.Bidirectional(layers.Dense(3)), "expected a recurrent layer"),
        (lambda: layers.Bidirectional(layers.GRU(3), "max"), "expected merge_mode as one of"),
        (lambda: layers.Embedding(2**24 + 1, 3), "up to which float32 holds whole numbers"),
    ],
)
def test_refusals(make, expected):
    with pytest.raises(ValueError, match=expected):
        make()


@pytest.mark.parametrize(("cell", "arrays"), [(layers.SimpleRNN, 3), (layers.LSTM, 3), (layers.GRU, 3)])
def test_states_that_are_kept_are_no_weights(cell, arrays):
    layer = cell(4, stateful=True)
    model = Sequential([layers.Input(batch_shape=(2, 5, 3)), layer])
    x = np.ones((2, 5, 3))
    first, second = (model.predict(x, batch_size=2, verbose=0) for _ in range(2))
    assert len(model.get_weights()) == len(layer.get_weights()) == arrays and not np.array_equal(first, second)
    model.set_weights(model.get_weights())
    layer.set_weights(layer.get_weights())
    assert not np.array_equal(model.predict(x, batch_size=2, verbose=0), first)  # they are what they were
    assert model.count_params() == layer.count_params() == sum(array.size for array in model.get_weights())
