"""The doctor beside a training: an examination after each epoch, which changes no bit of it."""

from dataclasses import dataclass

from glassnet.callbacks import Callback
from glassnet.inspect.doctor.diagnosis import examine
from glassnet.inspect.doctor.examination import Examination
from glassnet.inspect.doctor.gradients import delta_sizes
from glassnet.inspect.doctor.neurons import dead_units


@dataclass(frozen=True)
class Record:
    """What was measured once.

    Attributes:
        epoch: How many epochs were trained: 0 is before training.
        loss: On the data that the doctor looks at.
        dead: `{layer: numbers of its ReLUs that are 0 for every example}`.
        gradients: `{layer: size of delta}`, see `gradients.delta_sizes`.
        update_ratios: `{path of a kernel: norm of a step relative to the norm of the kernel}`.
    """

    epoch: int
    loss: float
    dead: dict
    gradients: dict
    update_ratios: dict


class Doctor(Callback):
    """Watches a training: measures after each epoch and diagnoses at the end.

    Arguments:
        x, y: The data to look at, such as those of `fit`.
        validation_data: As in `diagnose`.

    Attributes:
        records: A `Record` for each epoch, and one from before the first.
        diagnosis: The `Diagnosis` after training; None before. Its findings know since when ReLUs have been dead.

    >>> from glassnet import datasets, layers
    >>> from glassnet.models import Sequential
    >>> (x, y), _ = datasets.parity.load_data()
    >>> model = Sequential([layers.Input((8,)), layers.Dense(1, activation="sigmoid")])
    >>> model.compile(optimizer="adam", loss="binary_crossentropy")
    >>> doctor = Doctor(x, y)
    >>> _ = model.fit(x, y, epochs=2, verbose=0, callbacks=[doctor])
    >>> [record.epoch for record in doctor.records], doctor.diagnosis.healthy
    ([0, 1, 2], True)
    """

    def __init__(self, x, y, validation_data=None):
        super().__init__()
        self.x, self.y, self.validation_data = x, y, validation_data
        self.records = []
        self.diagnosis = None

    def on_train_begin(self, logs=None):
        self.records, self.diagnosis = [], None
        self._record(0)

    def on_epoch_end(self, epoch, logs=None):
        self._record(epoch + 1)

    def on_train_end(self, logs=None):
        self.diagnosis = examine(self.model, self.x, self.y, self.validation_data, self.dead_since())

    def _record(self, epoch):
        x, y, _ = self.model._data(self.x, self.y)
        exam = Examination(self.model, x, y)
        ratios = exam.update_ratios if exam.finite else {}
        self.records.append(Record(epoch, exam.loss, dead_units(exam), delta_sizes(exam), ratios))

    def dead_since(self):
        """`{layer: {unit: epoch}}` of the ReLUs that are dead now: since when they have been found so."""
        since = {}
        for record in self.records:
            for layer, units in record.dead.items():
                known = since.get(layer, {})
                since[layer] = {unit: known.get(unit, record.epoch) for unit in units}
        return since
