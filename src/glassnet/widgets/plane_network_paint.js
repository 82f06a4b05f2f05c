// The network: lines as wide as its weights, what each neuron makes of the plane, and its bias as a dot.

function paint(net, pen, written) {
  const { model, el, places, hovered } = net;
  const palette = colours(el);
  const slopes = model.get("show") === "gradients" && model.get("gradients");
  const values = numbers(slopes ? model.get("gradients") : model.get("weights"));
  const deltas = numbers(model.get("deltas"));
  const most = slopes ? values.reduce((a, b) => Math.max(a, Math.abs(b) || 0), 1e-30) : 1;
  const strongest = deltas.reduce((a, b) => Math.max(a, Math.abs(b) || 0), 1e-30);
  const thick = Math.max(0.4, places.tile / 34);
  const { layers, fan, left, kernelAt, straight } = places;
  const faint = straight ? 0.12 : 0; // of thousands of lines, those that could hardly be seen only cost time
  layers.forEach((layer, number) => {
    for (let from = 0; from < fan(number); from++) {
      const a = left(number, from);
      for (let to = 0; to < layer.units; to++) {
        const value = values[kernelAt(number, from, to)] / most;
        if (!Number.isFinite(value)) continue;
        const size = Math.abs(value);
        if (size < faint) continue;
        const lit = hovered && hovered.layer === number && hovered.from === from && hovered.to === to;
        const width = slopes ? 0.5 + 6 * size : 0.5 + 1.6 * Math.min(size, 4);
        const alpha = lit ? 1 : slopes ? 0.1 + 0.9 * Math.sqrt(size) : 0.1 + 0.8 * Math.min(1, size);
        const b = { x: places.columns[number + 1].x - places.tile / 2, y: places.columns[number + 1].ys[to] };
        pen.link(a, b, (lit ? Math.max(width, 3) : width) * thick, value < 0 ? palette.neg : palette.pos, alpha, straight);
      }
    }
  });
  paintNeurons(net, pen, palette, slopes && deltas.length ? deltas : null, strongest);
  if (!written) return;
  places.features.forEach((feature, i) => {
    if (feature.on) pen.text(feature.text, left(0, places.fed.indexOf(i)).x - places.tile - 8, places.columns[0].ys[i] + 4, palette, "right");
  });
  layers.forEach((layer, number) => {
    const x = places.columns[number + 1].x;
    pen.text(layer.title, x, places.head - 46, palette, "center");
    pen.text(`${layer.units} · ${layer.activation}`, x, places.head - 28, palette, "center");
  });
}

function paintNeurons(net, pen, palette, deltas, strongest) {
  const { model, places, hovered } = net;
  const side = model.get("tile");
  const atlas = tilesImage(bytes(model.get("tiles")), side, palette);
  const weights = numbers(model.get("weights"));
  const [chosenLayer, chosenUnit] = model.get("selected");
  let number = 0;
  let unitsBefore = 0;
  places.columns.forEach(({ x, ys }, column) => {
    ys.forEach((y, unit) => {
      const [layer, tile] = [column - 1, places.tile];
      const on = layer >= 0 || places.features[unit].on;
      const lit = hovered && hovered.from === undefined && hovered.layer === layer && hovered.unit === unit;
      const chosen = chosenLayer === layer && chosenUnit === unit;
      const corner = { x: x - tile / 2, y: y - tile / 2 };
      const delta = layer >= 0 && deltas ? deltas[unitsBefore + unit] / strongest : null;
      let [line, width] = [lit || chosen ? palette.ink : palette.muted, lit || chosen ? 2 : 1];
      if (delta !== null) [line, width] = [delta < 0 ? palette.neg : palette.pos, 1 + 3.5 * Math.abs(delta)];
      pen.tile(atlas, number * side, side, corner, tile, line, width, on ? 1 : 0.28);
      const bias = layer >= 0 ? places.biasAt(layer, unit) : -1;
      if (bias >= 0) {
        const value = weights[bias];
        const dot = Math.max(4, tile / 6);
        pen.dot(corner.x - dot / 2, corner.y + tile - dot / 2, dot, value < 0 ? palette.neg : palette.pos, Math.min(1, Math.abs(value)), palette);
      }
      number += 1;
    });
    if (column > 0) unitsBefore += ys.length;
  });
}
