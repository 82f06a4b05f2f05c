"""Sunny or rainy? One neuron looks at temperature and pressure; and what its accuracy is worth."""

from glassnet import Sequential, datasets, layers, utils

FEATURES = ("temperature_c", "pressure_hpa", "humidity_pct", "wind_mps")
SPLITS = 10


def learn(features, split):
    """Trains one neuron on some of the days; returns it and its accuracy on the others, and that of 'never rain'."""
    utils.set_random_seed(1)
    (x, y), (x_test, y_test) = datasets.weather.load_data(features, seed=split)
    scaling = layers.Normalization()  # degrees and hectopascals on one scale
    scaling.adapt(x)
    model = Sequential([layers.Input((len(features),)), scaling, layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=100, verbose=0)
    return model, model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"], 1 - y_test.mean()


def mean(numbers):
    return sum(numbers) / len(numbers)


print("Daily weather at New York's three airports in 2013: 1,092 days, 4 of 5 to learn from, the others to test.")
print(f"Which days are which is drawn {SPLITS} times, because one draw can flatter.\n")
two = [learn(FEATURES[:2], split) for split in range(SPLITS)]
four = [learn(FEATURES, split) for split in range(SPLITS)]
never = mean([dry for _, _, dry in two])
with_two, with_four = (mean([accuracy for _, accuracy, _ in runs]) for runs in (two, four))

print("Right on the test days           mean   worst    best")
for name, runs in (("temperature, pressure", two), ("and humidity, wind", four)):
    accuracies = [accuracy for _, accuracy, _ in runs]
    print(f"  neuron: {name:24}{mean(accuracies):.1%}   {min(accuracies):.1%}   {max(accuracies):.1%}")
print(f"  always 'no rain'                {never:.1%}\n")

model = two[0][0]
low, high = model.predict([[15.0, 1000.0], [15.0, 1030.0]], verbose=0)[:, 0]
print(f"At 15 degrees the neuron gives rain a chance of {low:.0%} at 1000 hPa and of {high:.0%} at 1030 hPa:")
print("low pressure brings rain, that much it has learnt.\n")
better = sum(accuracy > dry for _, accuracy, dry in two)
against = f"{100 * (with_two - never):+.1f} points, ahead in {better} of {SPLITS} draws"
print(f"Yet against 'always no rain' it has {against}.")
print("Temperature and pressure tell little about rain here, and no training adds what the data do not tell.")
print(f"Humidity and wind tell more: {100 * (with_four - with_two):+.1f} points. Better data, not a better network.")
