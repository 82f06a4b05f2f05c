"""Sunny or rainy? One neuron looks at temperature and pressure; and what its accuracy is worth."""

from glassnet import Sequential, datasets, layers, utils

FEATURES = ("temperature_c", "pressure_hpa", "humidity_pct", "wind_mps")


def learn(features):
    """Trains one neuron; returns it and its accuracy on days that it has not seen."""
    utils.set_random_seed(1)
    (x, y), (x_test, y_test) = datasets.weather.load_data(features)
    scaling = layers.Normalization()  # degrees and hectopascals on one scale
    scaling.adapt(x)
    model = Sequential([layers.Input((len(features),)), scaling, layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=200, verbose=0)
    return model, model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]


(x, y), (x_test, y_test) = datasets.weather.load_data()
print("Daily weather at New York's three airports in 2013.")
print(f"{len(x)} days to learn from, {len(x_test)} others to test. It rained on {y_test.mean():.1%} of the test days.\n")
model, two = learn(FEATURES[:2])
_, four = learn(FEATURES)
always_dry = 1 - y_test.mean()

print("Accuracy on the test days")
print(f"  always say 'no rain'              {always_dry:.1%}")
print(f"  neuron: temperature, pressure     {two:.1%}")
print(f"  neuron: + humidity, wind          {four:.1%}\n")

warm_low, warm_high = model.predict([[15.0, 1000.0], [15.0, 1030.0]], verbose=0)[:, 0]
print(f"At 15 degrees the first neuron gives rain a chance of {warm_low:.0%} at 1000 hPa and {warm_high:.0%} at 1030 hPa:")
print("low pressure brings rain, that much it has learnt.")
print(f"But it beats 'always dry' by only {100 * (two - always_dry):+.1f} points, {round((two - always_dry) * len(x_test)):+d} days of")
print(f"{len(x_test)}: temperature and pressure tell little about rain, and no training can add what they do not tell.")
print(f"Humidity and wind do tell something: {100 * (four - two):+.1f} points. Better data, not a better network.")
