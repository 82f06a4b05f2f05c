"""Callbacks, driven by a stand-in for the model, and the list that calls them."""

import csv
import inspect
import math
import warnings

import numpy as np
import pytest
from reference.load import load

from glassnet import callbacks, schedules
from glassnet.callbacks import (
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)


class Rate:
    """A learning rate as the optimizer holds it: one number in float32."""

    def __init__(self, value):
        self.value = np.float32(value)

    def __float__(self):
        return float(self.value)


class Optimizer:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    @property
    def learning_rate(self):
        return self._rate

    @learning_rate.setter
    def learning_rate(self, value):
        self._rate = Rate(value)


class Metric:
    def __init__(self, name, direction):
        self.name = name
        self._direction = direction


class Model:
    """What callbacks see of a model. Its one weight is the number of epochs it was trained."""

    def __init__(self, learning_rate=0.1, metrics=()):
        self.stop_training = False
        self.optimizer = Optimizer(learning_rate)
        self.metrics = list(metrics)
        self.weight = np.zeros(1)
        self.saved = []

    def get_weights(self):
        return [self.weight.copy()]

    def set_weights(self, weights):
        self.weight = weights[0].copy()

    def save(self, path):
        self.saved.append(("model", str(path)))

    def save_weights(self, path):
        self.saved.append(("weights", str(path)))


def train(callback, logs, model=None, batches=0):
    """Runs an epoch for each dictionary of `logs` until `stop_training`; returns the model and the history."""
    model = model or Model()
    with CallbackList(callback, add_history=True, model=model, verbose=0, epochs=len(logs), steps=batches) as run:
        run.on_train_begin()
        for epoch, epoch_logs in enumerate(logs):
            run.on_epoch_begin(epoch)
            for batch in range(batches):
                run.on_train_batch_begin(batch)
                run.on_train_batch_end(batch, epoch_logs)
                run.on_train_chunk_end(batch + 1, epoch_logs)
            model.weight = np.array([epoch + 1.0])
            run.on_epoch_end(epoch, epoch_logs)
            if model.stop_training:
                break
        run.on_train_end(epoch_logs)
    return model, model.history


def losses(*values, name="val_loss"):
    return [{name: value} for value in values]


class TestCallback:
    HOOKS = [name for name in load("signatures")["cases"] if name.startswith("Callback.on_")]

    @pytest.mark.parametrize("name", HOOKS)
    def test_every_hook_of_keras_reaches_the_callbacks(self, name):
        hook = name.removeprefix("Callback.")
        calls = []

        class Both(Callback):
            pass

        setattr(Both, hook, lambda self, *arguments: calls.append(arguments))
        arguments = ([3] if "batch" in hook or "epoch" in hook else []) + [{"loss": np.float32(0.5)}]
        getattr(CallbackList([Both(), Both()]), hook)(*arguments)
        assert calls == [tuple([*arguments[:-1], {"loss": 0.5}])] * 2
        assert type(calls[0][-1]["loss"]) is float

    def test_signatures_are_kerass(self):
        for name, arguments in load("signatures")["cases"].items():
            if not name.startswith("keras.callbacks."):
                continue
            own = inspect.signature(getattr(callbacks, name.rsplit(".", 1)[1])).parameters
            expected = {entry["name"]: entry.get("default", inspect.Parameter.empty) for entry in arguments}
            if name.endswith("ReduceLROnPlateau"):
                del expected["kwargs"]  # Keras ignores what it does not know; here it is refused.
            assert {key: value.default for key, value in own.items()} == expected, name

    def test_the_old_names_of_the_batch_hooks_still_work(self):
        seen = []

        class Old(Callback):
            def on_batch_begin(self, batch, logs=None):
                seen.append(("begin", batch))

            def on_batch_end(self, batch, logs=None):
                seen.append(("end", batch))

        train(Old(), losses(1.0), batches=1)
        assert seen == [("begin", 0), ("end", 0)]


class TestNeedsBatches:
    def test_hooks_of_epochs_and_chunks_do_not(self):
        quiet = LambdaCallback(on_epoch_end=print, on_train_begin=print, on_train_chunk_end=print)
        every = [quiet, EarlyStopping(), ReduceLROnPlateau(), TerminateOnNaN(), ModelCheckpoint("m"), History()]
        run = CallbackList([*every, CSVLogger("log.csv")], add_history=True, add_progbar=True)
        assert [run.needs_batches(phase) for phase in ("train", "test", "predict")] == [False, False, False]

    @pytest.mark.parametrize("name", ["on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"])
    def test_hooks_of_batches_do(self, name):
        own = type("Own", (Callback,), {name: lambda self, batch, logs=None: None})()
        assert own.needs_batches()
        assert not own.needs_batches("test")
        assert CallbackList([History(), own]).needs_batches()
        assert LambdaCallback(**{name: print}).needs_batches()

    def test_each_phase_is_asked_for_itself(self):
        assert LambdaCallback(on_test_batch_end=print).needs_batches("test")
        assert LambdaCallback(on_predict_batch_begin=print).needs_batches("predict")
        assert not LambdaCallback(on_predict_batch_begin=print).needs_batches("train")

    def test_a_checkpoint_every_few_batches_does(self):
        assert ModelCheckpoint("m", save_freq=3).needs_batches()
        assert not ModelCheckpoint("m", save_freq=3).needs_batches("test")


class TestCallbackList:
    def test_lists_are_laid_flat_and_defaults_added_once(self):
        history = History()
        run = CallbackList([[Callback(), [Callback()]], history], add_history=True, add_progbar=True)
        assert [type(callback).__name__ for callback in run.callbacks] == [
            "Callback",
            "Callback",
            "History",
            "ProgbarLogger",
        ]

    def test_all_get_the_model_and_the_parameters(self):
        callback, model = Callback(), Model()
        CallbackList(callback, model=model, epochs=3)
        assert callback.model is model
        assert callback.params == {"epochs": 3}

    def test_they_are_closed_when_training_breaks_off(self):
        closed = []

        class Open(Callback):
            def close(self):
                closed.append(True)

        with pytest.raises(KeyboardInterrupt), CallbackList(Open()):
            raise KeyboardInterrupt
        assert closed == [True]

    @pytest.mark.parametrize(("wrong", "complaint"), [(History, r"Write History\(\)"), (print, "Received: <built-in")])
    def test_what_is_no_callback_is_refused(self, wrong, complaint):
        with pytest.raises(TypeError, match=complaint):
            CallbackList([wrong])


class TestHistory:
    def test_keeps_every_epoch_and_goes_on_in_the_next_fit(self):
        history = History()
        model, _ = train(history, [{"loss": 0.5, "accuracy": 0.1}, {"loss": 0.4, "accuracy": 0.2}])
        assert model.history is history
        assert history.history == {"loss": [0.5, 0.4], "accuracy": [0.1, 0.2]}
        train(history, [{"loss": 0.3, "accuracy": 0.3}])
        assert history.history["loss"] == [0.5, 0.4, 0.3]
        assert history.epoch == [0]

    def test_keeps_what_other_callbacks_add(self):
        _, history = train(LearningRateScheduler(lambda epoch: 0.5 / (epoch + 1)), losses(1.0, 1.0))
        assert history.history["learning_rate"] == [0.5, 0.25]


class TestEarlyStopping:
    @pytest.mark.parametrize(
        # The last two columns are what Keras 3.15's callback did with these values.
        ("arguments", "values", "epochs", "stopped"),
        [
            ({}, [3, 2, 2, 1], 3, True),
            ({}, [3, 4, 1], 2, True),
            ({"patience": 2}, [3, 2, 2, 2, 1], 4, True),
            ({"patience": 2}, [3, 2, 2, 1, 1, 1, 0], 6, True),
            ({"min_delta": 0.5}, [3, 2.6, 2], 2, True),
            ({"min_delta": -0.5}, [3, 2.4, 2.2], 3, True),
            ({"mode": "max"}, [1, 2, 3, 3, 4], 4, True),
            ({"mode": "max", "min_delta": 0.5}, [1, 2, 2.4, 5], 3, True),
            ({"baseline": 2, "patience": 2}, [5, 4, 3, 2.5], 4, False),
            ({"baseline": 2, "patience": 2}, [5, 1, 1, 1, 1], 4, True),
            ({"start_from_epoch": 3}, [1, 2, 3, 4, 4, 3], 5, True),
            ({"start_from_epoch": 3, "patience": 1}, [1, 2, 3, 4, 3, 3, 2], 6, True),
            ({"patience": 1}, [1, math.nan, 0.5], 2, True),
        ],
    )
    def test_when_it_stops(self, arguments, values, epochs, stopped):
        callback = EarlyStopping(**arguments)
        model, history = train(callback, losses(*values))
        assert len(history.epoch) == epochs
        assert model.stop_training == stopped
        assert callback.stopped_epoch == (epochs - 1 if stopped else 0)

    def test_best_weights_come_back(self):
        callback = EarlyStopping(patience=2, restore_best_weights=True)
        model, history = train(callback, losses(3, 1, 2, 2, 0))
        assert len(history.epoch) == 4
        assert model.weight.tolist() == [2.0]
        assert callback.best_epoch == 1

    def test_best_weights_come_back_also_without_a_stop_and_below_the_baseline(self):
        model, _ = train(EarlyStopping(patience=9, restore_best_weights=True), losses(3, 1, 2))
        assert model.weight.tolist() == [2.0]
        model, _ = train(EarlyStopping(patience=3, restore_best_weights=True, baseline=0.5), losses(3, 1, 2, 2))
        assert model.weight.tolist() == [2.0]

    def test_without_restoring_the_last_weights_stay(self):
        model, _ = train(EarlyStopping(), losses(3, 1, 2))
        assert model.weight.tolist() == [3.0]

    def test_epochs_before_the_start_are_not_restored(self):
        callback = EarlyStopping(patience=1, restore_best_weights=True, start_from_epoch=2)
        model, _ = train(callback, losses(0, 0, 3, 2, 4))
        assert model.weight.tolist() == [4.0]

    def test_it_can_be_used_again(self):
        callback = EarlyStopping()
        train(callback, losses(1, 2))
        model, history = train(callback, losses(5, 4, 3))
        assert len(history.epoch) == 3
        assert not model.stop_training

    def test_a_missing_quantity_is_warned_about(self):
        with pytest.warns(UserWarning, match="'val_loss' in the logs. Received: loss"):
            model, _ = train(EarlyStopping(), losses(1, 2, 3, name="loss"))
        assert not model.stop_training

    def test_it_says_so(self, capsys):
        train(EarlyStopping(verbose=1, restore_best_weights=True), losses(1, 2))
        assert capsys.readouterr().out == ("Epoch 2: early stopping\nRestoring the weights of the best epoch: 1\n")


class TestDirection:
    def test_the_metric_tells(self):
        model = Model(metrics=[Metric("accuracy", "up"), Metric("mae", "down")])
        _, history = train(EarlyStopping("val_accuracy"), losses(0.1, 0.2, 0.15, name="val_accuracy"), model)
        assert len(history.epoch) == 3
        model = Model(metrics=model.metrics)
        _, history = train(EarlyStopping("mae"), losses(0.1, 0.2, name="mae"), model)
        assert len(history.epoch) == 2

    def test_an_unknown_one_is_asked_for(self):
        with pytest.raises(ValueError, match="monitor='val_score'.*mode='max'"):
            train(EarlyStopping("val_score"), losses(0.1, name="val_score"))

    def test_an_unknown_mode_is_warned_about(self):
        with pytest.warns(UserWarning, match="Received: 'least'"):
            assert EarlyStopping(mode="least").mode == "auto"


class TestReduceLROnPlateau:
    def rates(self, values, **arguments):
        callback = ReduceLROnPlateau(**{"factor": 0.5, "patience": 1, **arguments})
        model, history = train(callback, losses(*values), Model(learning_rate=0.8))
        return [round(rate, 6) for rate in history.history["learning_rate"]] + [float(model.optimizer.learning_rate)]

    def test_each_epoch_logs_the_rate_it_used(self):
        assert self.rates([3, 3, 3]) == pytest.approx([0.8, 0.8, 0.4, 0.2])

    def test_patience(self):
        assert self.rates([3, 3, 3, 3, 3], patience=2) == pytest.approx([0.8, 0.8, 0.8, 0.4, 0.4, 0.2])

    def test_improvement_restarts_the_wait(self):
        assert self.rates([3, 3, 2, 2], patience=2) == pytest.approx([0.8] * 5)

    def test_a_change_below_min_delta_is_none(self):
        assert self.rates([3, 3 - 1e-5]) == pytest.approx([0.8, 0.8, 0.4])
        assert self.rates([3, 3 - 1e-5], min_delta=1e-6) == pytest.approx([0.8, 0.8, 0.8])

    def test_cooldown(self):
        assert self.rates([3] * 6, cooldown=2) == pytest.approx([0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.1])

    def test_min_lr_is_reached_and_kept(self, capsys):
        rates = self.rates([3] * 5, min_lr=0.3, verbose=1)
        assert rates == pytest.approx([0.8, 0.8, 0.4, 0.3, 0.3, 0.3])
        assert capsys.readouterr().out == (
            "Epoch 2: ReduceLROnPlateau sets the learning rate to 0.4\nEpoch 3: ReduceLROnPlateau sets the learning rate to 0.3\n"
        )

    def test_mode_max(self):
        assert self.rates([1, 2, 2], mode="max") == pytest.approx([0.8, 0.8, 0.8, 0.4])

    def test_a_factor_that_does_not_reduce_is_refused(self):
        with pytest.raises(ValueError, match="factor=1.0"):
            ReduceLROnPlateau(factor=1.0)

    def test_a_missing_quantity_is_warned_about(self):
        with pytest.warns(UserWarning, match="'val_loss'"):
            train(ReduceLROnPlateau(patience=0), losses(1, 2, name="loss"))


class TestLearningRateScheduler:
    def rates(self, schedule):
        _, history = train(LearningRateScheduler(schedule), losses(1, 1, 1), Model(learning_rate=0.5))
        return history.history["learning_rate"]

    def test_a_function_of_the_epoch(self):
        assert self.rates(lambda epoch: 1.0 / (1 + epoch)) == pytest.approx([1.0, 0.5, 1 / 3])

    def test_a_function_of_the_epoch_and_the_rate(self):
        assert self.rates(lambda epoch, rate: rate * 0.5) == pytest.approx([0.25, 0.125, 0.0625])

    def test_a_schedule(self):
        assert self.rates(schedules.ExponentialDecay(0.1, 1, 0.5)) == pytest.approx([0.1, 0.05, 0.025])

    def test_an_error_inside_the_function_is_not_hidden(self):
        with pytest.raises(TypeError, match="inside"):
            self.rates(lambda epoch, rate: (_ for _ in ()).throw(TypeError("inside")))

    @pytest.mark.parametrize("rate", ["0.1", None, math.nan])
    def test_what_is_no_number_is_refused(self, rate):
        with pytest.raises(ValueError, match="finite number for epoch 0"):
            self.rates(lambda epoch: rate)

    @pytest.mark.parametrize("schedule", [0.1, lambda: 0.1, lambda a, b, c: 0.1])
    def test_what_is_no_schedule_is_refused(self, schedule):
        with pytest.raises(TypeError, match="Expected `schedule`"):
            LearningRateScheduler(schedule)

    def test_it_says_so(self, capsys):
        train(LearningRateScheduler(lambda epoch: 0.25, verbose=1), losses(1))
        assert capsys.readouterr().out == "Epoch 1: LearningRateScheduler sets the learning rate to 0.25\n"


class TestCSVLogger:
    def rows(self, path, delimiter=","):
        with open(path, newline="", encoding="utf-8") as file:
            return list(csv.reader(file, delimiter=delimiter))

    def test_columns_are_sorted_and_completed(self, tmp_path):
        path = tmp_path / "log.csv"
        train(CSVLogger(path), [{"loss": 0.5, "accuracy": 0.25}, {"loss": 0.25}])
        assert self.rows(path) == [
            ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"],
            ["0", "0.25", "0.5", "NA", "NA"],
            ["1", "NA", "0.25", "NA", "NA"],
        ]

    def test_separator_and_values_that_are_no_numbers(self, tmp_path):
        path = tmp_path / "log.csv"
        train(CSVLogger(path, separator=";"), [{"val_loss": 0.5, "many": [1, 2], "text": "a;b"}])
        assert self.rows(path, ";")[1] == ["0", '"[1, 2]"', "a;b", "0.5"]

    def test_a_row_is_complete_in_the_file_after_its_epoch(self, tmp_path):
        path = tmp_path / "log.csv"
        seen = []
        train([CSVLogger(path), LambdaCallback(on_epoch_end=lambda e, logs: seen.append(path.read_text()))], losses(1, 2))
        assert [text.count("\n") for text in seen] == [2, 3]
        assert all(text.endswith("\n") for text in seen)

    def test_append_goes_on_and_replace_begins_again(self, tmp_path):
        path = tmp_path / "log.csv"
        train(CSVLogger(path, append=True), losses(1, 2))
        train(CSVLogger(path, append=True), losses(3))
        assert self.rows(path) == [["epoch", "val_loss"], ["0", "1.0"], ["1", "2.0"], ["0", "3.0"]]
        train(CSVLogger(path), losses(4))
        assert self.rows(path) == [["epoch", "val_loss"], ["0", "4.0"]]

    def test_a_file_with_other_columns_is_not_appended_to(self, tmp_path):
        path = tmp_path / "log.csv"
        train(CSVLogger(path), losses(1))
        before = path.read_bytes()
        with pytest.raises(ValueError, match="append=False"):
            train(CSVLogger(path, append=True), losses(1, name="val_mae"))
        assert path.read_bytes() == before

    def test_the_file_is_closed_when_training_breaks_off(self, tmp_path):
        logger = CSVLogger(tmp_path / "log.csv")
        with pytest.raises(KeyboardInterrupt), CallbackList(logger) as run:
            run.on_train_begin()
            run.on_epoch_end(0, {"loss": 1.0})
            raise KeyboardInterrupt
        assert logger.csv_file.closed
        assert len(self.rows(logger.filename)) == 2


class TestModelCheckpoint:
    def test_every_epoch_with_names_from_the_logs(self, tmp_path):
        path = tmp_path / "deep" / "m-{epoch:02d}-{val_loss:.2f}.safetensors"
        model, _ = train(ModelCheckpoint(path), losses(0.5, 0.25))
        folder = tmp_path / "deep"
        assert model.saved == [
            ("model", f"{folder}/m-01-0.50.safetensors"),
            ("model", f"{folder}/m-02-0.25.safetensors"),
        ]
        assert folder.is_dir()

    def test_only_the_best(self):
        model, _ = train(ModelCheckpoint("m{epoch}", save_best_only=True), losses(3, 4, 2, 2, 1))
        assert [path for _, path in model.saved] == ["m1", "m3", "m5"]

    def test_only_the_best_with_mode_and_threshold(self):
        callback = ModelCheckpoint("m{epoch}", save_best_only=True, mode="max", initial_value_threshold=2)
        model, _ = train(callback, losses(1, 3, 2, 4))
        assert [path for _, path in model.saved] == ["m2", "m4"]

    def test_only_the_weights(self):
        model, _ = train(ModelCheckpoint("m", save_weights_only=True), losses(1))
        assert model.saved == [("weights", "m")]

    def test_every_few_batches_across_epochs(self):
        callback = ModelCheckpoint("m-{epoch}-{batch}", save_freq=3)
        model, _ = train(callback, losses(1, 1), batches=5)
        assert [path for _, path in model.saved] == ["m-1-3", "m-2-1", "m-2-4"]

    def test_only_the_best_every_few_batches(self):
        callback = ModelCheckpoint("m-{epoch}", save_freq=2, save_best_only=True)
        model, _ = train(callback, losses(2, 3, 1), batches=2)
        assert [path for _, path in model.saved] == ["m-1", "m-3"]

    def test_without_the_quantity_it_saves_and_warns(self):
        with pytest.warns(UserWarning, match="'val_loss'"):
            model, _ = train(ModelCheckpoint("m", save_best_only=True), losses(1, name="loss"))
        assert len(model.saved) == 1

    def test_a_name_that_is_not_in_the_logs_is_refused(self):
        with pytest.raises(KeyError, match="val_acc.*only epoch, val_loss"):
            train(ModelCheckpoint("m-{val_acc}"), losses(1))

    def test_a_folder_is_refused(self, tmp_path):
        with pytest.raises(IsADirectoryError, match="name a file"):
            train(ModelCheckpoint(tmp_path), losses(1))

    @pytest.mark.parametrize("save_freq", ["batch", 0, 1.5])
    def test_an_unknown_frequency_is_refused(self, save_freq):
        with pytest.raises(ValueError, match="save_freq"):
            ModelCheckpoint("m", save_freq=save_freq)

    def test_it_says_so(self, capsys):
        train(ModelCheckpoint("m", save_best_only=True, verbose=1), losses(1, 2))
        assert capsys.readouterr().out == (
            "Epoch 1: val_loss improved from none to 1.00000\nEpoch 1: saved m\nEpoch 2: val_loss did not improve from 1.00000\n"
        )


class TestLambdaCallback:
    def test_each_function_is_called_in_its_place(self):
        calls = []
        names = ["on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end"]
        names += ["on_train_chunk_end", "on_epoch_end", "on_train_end"]
        functions = {name: lambda *arguments, name=name: calls.append(name) for name in names}
        train(LambdaCallback(**functions), losses(1), batches=1)
        assert calls == names

    @pytest.mark.parametrize(("name", "value"), [("on_epoch_finish", print), ("model", print), ("on_epoch_end", 3)])
    def test_what_can_never_be_called_is_refused(self, name, value):
        with pytest.raises(TypeError, match="on_epoch_end"):
            LambdaCallback(**{name: value})


class TestTerminateOnNaN:
    @pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
    def test_a_loss_that_is_not_finite_ends_training(self, loss, capsys):
        model, history = train(TerminateOnNaN(), losses(1.0, loss, 1.0, name="loss"), batches=1)
        assert history.epoch == [0, 1]
        assert model.stop_training
        assert capsys.readouterr().out == "Batch 0: Invalid loss, terminating training\n"

    def test_other_losses_do_not(self):
        model, _ = train(TerminateOnNaN(), losses(1e30, name="loss"), batches=2)
        assert not model.stop_training

    def test_it_may_raise(self):
        with pytest.raises(RuntimeError, match="Received: nan at batch 0"):
            train(TerminateOnNaN(raise_error=True), losses(math.nan, name="loss"), batches=1)


def test_no_callback_warns_without_reason():
    every = [EarlyStopping(), ReduceLROnPlateau(), LearningRateScheduler(lambda epoch: 0.1), TerminateOnNaN()]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(every, [{"loss": 2.0, "val_loss": 2.0}, {"loss": 1.0, "val_loss": 1.0}], batches=2)
