"""Layers that several models within one share: saved, loaded, cloned and written as Python they stay one layer."""

import numpy as np
import pytest
from test_python_script import run

import glassnet
from glassnet import Model, Sequential, layers, load_model
from glassnet.inspect.python_script import to_python
from glassnet.inspect.timeline import Timeline
from glassnet.models import clone_model


@pytest.fixture(autouse=True)
def _seeded():
    glassnet.utils.clear_session()
    glassnet.utils.set_random_seed(0)


def towers():
    """An input, a layer and a model that three models of three kinds have in common."""
    x, common = layers.Input((4,), name="given"), layers.Dense(5, activation="tanh", name="common")
    parts = [layers.Input((5,)), layers.Dense(5, activation="relu", name="inner"), layers.Dropout(0.2, name="drop")]
    block = Sequential(parts, name="block")
    encoder = Model(x, block(common(x)), name="encoder")
    other = Model(x, layers.Dense(3, name="last")(block(common(x))), name="other")
    stack = Sequential([layers.Input((4,)), common, layers.Dense(2, name="head")], name="stack")
    joined = layers.concatenate([encoder(x), stack(x)], name="joined")
    return Model(x, [other(x), layers.Dense(1, name="top")(joined)], name="towers")


def autoencoder():
    """The usual listing: encoder and decoder are models, whose layers the whole is made of."""
    x, code = layers.Input((4,), name="given"), layers.Input((2,), name="code")
    encoder = Model(x, layers.Dense(2, activation="tanh", name="narrow")(x), name="encoder")
    decoder = Model(code, layers.Dense(4, name="wide")(code), name="decoder")
    return Model(x, decoder(encoder(x)), name="autoencoder")


def twice():
    """A stack of two stacks with one layer, and a layer of layers that both have."""
    square, both = (
        layers.Dense(4, name="square"),
        layers.TimeDistributed(layers.Dense(4, activation="tanh", name="inside"), name="each"),
    )
    ends = [layers.Flatten(), layers.Dense(1)]
    return Sequential(
        [layers.Input((3, 4)), Sequential([square, both], name="one"), Sequential([both, square, *ends], name="two")]
    )


MODELS = {
    "towers": (towers, (4,), [(3,), (1,)], 93),
    "autoencoder": (autoencoder, (4,), [(4,)], 22),
    "twice": (twice, (3, 4), [(1,)], 53),
}


def trained(name):
    make, inputs, outputs, _ = MODELS[name]
    model, rng = make(), np.random.default_rng(1)
    model.compile("adam", ["mse"] * len(outputs))
    x, y = rng.normal(size=(30, *inputs)), [rng.normal(size=(30, *shape)) for shape in outputs]
    y = y if len(y) > 1 else y[0]
    model.fit(x, y, epochs=2, batch_size=8, verbose=0)
    return model, x, y


@pytest.mark.parametrize("name", MODELS)
def test_a_saved_and_loaded_model_shares_what_it_shared_and_goes_on_alike(name, tmp_path):
    model, x, y = trained(name)
    model.save(tmp_path / "model.safetensors")
    loaded = load_model(tmp_path / "model.safetensors")
    assert loaded.count_params() == model.count_params() == MODELS[name][-1]
    assert [layer.name for layer in loaded.every_layer()] == [layer.name for layer in model.every_layer()]
    assert loaded.get_config() == model.get_config() and len(set(loaded.every_layer())) == len(set(model.every_layer()))
    for one in (model, loaded):
        one.fit(x, y, epochs=2, batch_size=8, verbose=0)
    np.testing.assert_array_equal(loaded.params.array, model.params.array)
    copy = clone_model(model)
    assert copy.count_params() == model.count_params() and copy.get_config() == model.get_config()


@pytest.mark.parametrize("name", MODELS)
def test_the_script_gives_the_same_bits(name, tmp_path):
    model, x, y = trained(name)
    arrays = {"x": x, **({f"y_{n}": part for n, part in enumerate(y)} if isinstance(y, list) else {"y": y})}
    done = run(to_python(model), tmp_path, arrays)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_branch_of_its_training():
    model, x, y = trained("towers")
    timeline = Timeline(every=2)
    model.fit(x, y, epochs=2, batch_size=8, verbose=0, callbacks=[timeline])
    branch = timeline.branch(timeline.steps[1])
    assert branch.at(branch.steps[-1]).step == timeline.steps[-1]
    np.testing.assert_array_equal(branch.at(branch.steps[-1]).params, timeline.at(timeline.steps[-1]).params)


@pytest.mark.parametrize("damage", [{"shared": []}, {"shared": [{"class_name": "Dense"}]}, {"shared": [None]}, {"shared": 3}])
@pytest.mark.parametrize("name", MODELS)
def test_a_reference_to_nothing_is_refused(name, damage):
    model = MODELS[name][0]()
    with pytest.raises(ValueError, match="Expected|cannot be built"):
        type(model).from_config({**model.get_config(), **damage})
