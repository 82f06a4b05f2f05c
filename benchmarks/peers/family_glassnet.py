"""glassnet by its public API, on the networks of `families`."""

import glassnet


class Trainer:
    def __init__(self, family, data, variant):
        self.data, self.batch_size = data, family.batch_size
        self.model = family.build(glassnet)
        self.model.set_weights(data.weights)

    @staticmethod
    def variants(family):
        return ("fit",)

    def train(self, order):
        rows = order.ravel()
        self.model.fit(self.data.x[rows], self.data.y[rows], batch_size=self.batch_size, shuffle=False, verbose=0)

    def epoch(self, order):
        self.model.fit(self.data.x, self.data.y, batch_size=self.batch_size, shuffle=True, verbose=0)

    def predict(self, x):
        return self.model.predict(x, verbose=0)

    predict_one = predict
