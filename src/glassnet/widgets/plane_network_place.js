// Where things are: the columns of neurons, their numbers in the vector of parameters, and the line that the pointer is on.

function arrange(model, wide) {
  const features = model.get("features");
  const layers = model.get("layers");
  const coarse = window.matchMedia("(pointer: coarse)").matches;
  const rows = Math.max(features.length, ...layers.map((layer) => layer.units));
  const step = rows <= 8 ? 46 : Math.max(20, Math.floor(640 / rows));
  const tile = rows <= 8 ? 34 : Math.max(15, step - Math.max(5, Math.round(step / 5)));
  const head = coarse ? 120 : 84;
  const [before, after] = [wide < 420 ? 100 : 116, 40]; // room for the features' names, and half of the last column
  const least = coarse ? 118 : 86;
  const width = Math.max(wide, before + after + least * layers.length);
  const column = (number) => before + ((width - before - after) * number) / layers.length;
  const height = head + rows * step + 40;
  const spread = (units) => Array.from({ length: units }, (_, i) => head + ((rows - units) / 2 + i + 0.5) * step);
  const columns = [{ x: column(0), ys: spread(features.length) }];
  layers.forEach((layer, number) => columns.push({ x: column(number + 1), ys: spread(layer.units) }));
  const fed = features.flatMap((feature, i) => (feature.on ? [i] : []));
  const fan = (layer) => (layer ? layers[layer - 1].units : fed.length);
  const lines = layers.reduce((sum, layer, number) => sum + fan(number) * layer.units, 0);
  return {
    width, height, head, tile, step, columns, fed, fan, features, layers,
    straight: lines > 1500, // thousands of lines are drawn without a curve
    kernelAt: (layer, from, to) => layers[layer].kernel + from * layers[layer].units + to,
    biasAt: (layer, unit) => (layers[layer].bias < 0 ? -1 : layers[layer].bias + unit),
    left: (layer, from) => ({ x: columns[layer].x + tile / 2, y: columns[layer].ys[layer ? from : fed[from]] }),
    nameOf: (layer, unit) => (layer < 0 ? (features[unit]?.text ?? "") : `${layers[layer].name}[${unit}]`),
  };  // prettier-ignore
}

// All lines between two columns have the same x at the same t, so that one search along t serves them all.
function nearestLink(places, x, y) {
  const { columns, tile, straight, fan, left } = places;
  const within = ({ x: start }, i) => i + 1 < columns.length && x > start + tile / 2 && x < columns[i + 1].x - tile / 2;
  const layer = columns.findIndex(within);
  if (layer < 0) return null;
  const [start, end] = [columns[layer].x + tile / 2, columns[layer + 1].x - tile / 2];
  let [low, high] = [0, 1];
  for (let i = 0; i < 20; i++) {
    const t = (low + high) / 2;
    if (start + (end - start) * (1.5 * t * (1 - t) + t * t * t) < x) low = t;
    else high = t;
  }
  const share = straight ? (x - start) / (end - start) : 3 * low * low * (1 - low) + low ** 3;
  let best = { distance: 7 };
  for (let from = 0; from < fan(layer); from++) {
    const a = left(layer, from).y;
    columns[layer + 1].ys.forEach((b, to) => {
      const distance = Math.abs(a + (b - a) * share - y);
      if (distance < best.distance) best = { distance, layer, from, to, at: { x, y } };
    });
  }
  return best.layer === undefined ? null : best;
}
