"""glassnet by its public API. Images stay bytes; the network's first layer scales them, which happens in the gather."""

import glassnet as keras


class Trainer:
    def __init__(self, task, data, variant):
        self.data, self.batch_size = data, task.batch_size
        binary = task.sizes[-1] == 1
        scaling = [keras.layers.Rescaling(data.scale)] if data.scale != 1 else []
        hidden = [keras.layers.Dense(units, activation=task.activation) for units in task.sizes[1:-1]]
        output = keras.layers.Dense(task.sizes[-1])
        loss = keras.losses.BinaryCrossentropy if binary else keras.losses.SparseCategoricalCrossentropy
        self.model = keras.models.Sequential([keras.layers.Input((task.sizes[0],)), *scaling, *hidden, output])
        self.model.compile(
            optimizer=keras.optimizers.SGD(task.learning_rate),
            loss=loss(from_logits=True),
        )
        self.reset()

    @staticmethod
    def variants(task):
        return ("fit",)

    def reset(self):
        self.model.set_weights(self.data.weights)

    def train(self, order):
        rows = order.ravel()
        self.model.fit(
            self.data.raw[rows], self.data.y[rows], epochs=1, batch_size=self.batch_size, shuffle=False, verbose=0
        )

    def epoch(self, order):
        self.model.fit(self.data.raw, self.data.y, epochs=1, batch_size=self.batch_size, shuffle=True, verbose=0)

    def weights(self):
        return self.model.get_weights()

    def predict(self, x):
        return self.model.predict(x, verbose=0)

    predict_one = predict
