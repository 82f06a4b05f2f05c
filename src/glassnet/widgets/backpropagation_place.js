// Where everything stands: neurons as boxes of cells, connections as lines with labels that do not cover each other.

const ROW = 23;
const LEAST = 340; // height of a network beside each other
const LABEL = { width: 54, line: 16 };

// Of more connections between two layers than these, only those that are at work have labels.
const MANY = 12;

// What a box of one neuron, input or target shows. side 0: what the forward pass makes, side 1: what the backward pass makes.
function cells(network, place, unit) {
  const column = network.columns[place - 1];
  if (place === 0) {
    return [
      { reference: `input[0, ${unit}]`, sign: "x", row: 0, side: 0 },
      { reference: `d input[0, ${unit}]`, sign: "∂x", row: 0, side: 1 },
    ];
  }
  if (!column) {
    const shape = network.numbers.target.shape;
    const count = shape.length === 2 ? shape[1] : 1;
    const targets = Array.from({ length: count }, (_, i) => ({
      reference: shape.length === 2 ? `target[0, ${i}]` : "target[0]",
      sign: count > 1 ? `y${subscript(i)}` : "y",
      row: i,
      side: 0,
    }));
    return [...targets, { reference: "loss/values[0]", sign: "L", row: count, side: 0 }];
  }
  const found = [];
  const pair = (sign, gradient, name, index) => {
    const row = found.length / 2;
    found.push({ reference: `${name}[${index}]`, sign, row, side: 0, renewed: `new ${name}[${index}]` });
    found.push({ reference: `d ${name}[${index}]`, sign: gradient, row, side: 1 });
  };
  if (column.bias) pair("b", "∂b", column.bias, unit);
  pair("z", "δ", column.z, `0, ${unit}`);
  if (column.a !== column.z) pair("a", "∂a", column.a, `0, ${unit}`);
  return found;
}

function subscript(number) {
  return String(number).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}

// Both sides beside each other where there is room, else the backward pass below, from the bottom up.
function box(list, stacked, width) {
  const rows = 1 + Math.max(...list.map((cell) => cell.row));
  const sides = 1 + Math.max(...list.map((cell) => cell.side));
  const split = stacked ? 1 : sides;
  const each = width / split;
  for (const cell of list) {
    const below = stacked && cell.side === 1 ? 2 * rows - 1 - cell.row : cell.row;
    cell.box = { x: split === 2 ? cell.side * each : 0, y: below * ROW, width: each, height: ROW };
  }
  return { width, height: ROW * rows * (stacked ? sides : 1) };
}

function boxes(network, wide, widths) {
  const counts = [network.inputs, ...network.columns.map((column) => column.units), 1];
  return counts.map((count, place) =>
    Array.from({ length: count }, (_, unit) => {
      const list = cells(network, place, unit);
      return { key: `${place}.${unit}`, place, unit, cells: list, ...box(list, !wide || place === 0, widths(place, count)) };
    }),
  );
}

function arrange(network, width) {
  const groups = network.columns.length + 2;
  return width < 560 ? downwards(network, width) : rightwards(network, width, groups);
}

// Columns from left to right.
function rightwards(network, width, groups) {
  const narrow = 84;
  const outer = 2 * narrow;
  const gapIf = (box) => (width - outer - (groups - 2) * box - 4) / (groups - 1);
  const wide = gapIf(2 * narrow) >= 100;
  const inner = wide ? 2 * narrow : narrow;
  const gap = Math.min(gapIf(inner), 210);
  const all = boxes(network, wide, (place) => (place === 0 || place === groups - 1 ? narrow : inner));
  const head = 46;
  const space = 22;
  const heights = all.map((column) => column.reduce((sum, node) => sum + node.height + space, -space));
  const tallest = Math.max(LEAST, ...heights);
  let x = (width - outer - (groups - 2) * inner - (groups - 1) * gap) / 2;
  const heads = [];
  all.forEach((column, place) => {
    const spread = column.length > 1 ? Math.min(72, (tallest - heights[place]) / column.length) : 0;
    let y = head + (tallest - heights[place] - spread * (column.length - 1)) / 2;
    for (const node of column) {
      Object.assign(node, { x, y });
      y += node.height + space + spread;
    }
    heads.push({ x: x + column[0].width / 2, y: 14, anchor: "middle", place });
    x += column[0].width + gap;
  });
  const ends = (from, to) => [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
  return { all, heads, links: links(network, all, ends), width, height: head + tallest + 8 };
}

// Rows from top to bottom, for a phone.
function downwards(network, width) {
  const space = 8;
  const fit = (count) => Math.min(88, (width - (count - 1) * space) / count);
  const all = boxes(network, false, (place, count) => fit(count));
  const heads = [];
  let y = 0;
  all.forEach((row, place) => {
    const between = Math.min(40, row.length > 1 ? (width - row.length * row[0].width) / (row.length - 1) : 0);
    let x = (width - row.length * row[0].width - (row.length - 1) * between) / 2;
    heads.push({ x: 0, y: y + 12, anchor: "start", place, inline: true });
    y += 24;
    for (const node of row) {
      Object.assign(node, { x, y });
      x += node.width + between;
    }
    y += Math.max(...row.map((node) => node.height)) + (place === all.length - 1 ? 8 : place === all.length - 2 ? 20 : 74);
  });
  const ends = (from, to) => [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
  return { all, heads, links: links(network, all, ends), width, height: y };
}

function links(network, all, ends) {
  const found = [];
  network.columns.forEach((column, k) => {
    for (const to of all[k + 1]) {
      for (const from of all[k]) {
        const name = `${column.kernel}[${from.unit}, ${to.unit}]`;
        found.push({ place: k + 1, from, to, line: ends(from, to), reference: name, gradient: `d ${name}`, renewed: `new ${name}` });
      }
    }
  });
  for (const rows of [2, 1]) {
    if (label(found, rows) || rows === 1) break;
  }
  const [loss] = all[all.length - 1];
  for (const from of all[all.length - 2]) found.push({ place: all.length - 1, from, to: loss, line: ends(from, loss) });
  return found;
}

// Gives each link a place for its label along its line, as near to the middle as can be; true if all have found one.
function label(found, rows) {
  const sideways = found[0].line[2] - found[0].line[0] > 0 && found[0].to.x >= found[0].from.x + found[0].from.width;
  const taken = [];
  const size = { width: LABEL.width, height: rows * LABEL.line };
  let every = true;
  const shares = [0, 0.06, -0.06, 0.12, -0.12, 0.18, -0.18, 0.24, -0.24, 0.3, -0.3].map((from) => 0.5 + from);
  const slant = ({ line: [x1, y1, x2, y2] }) => Math.abs(sideways ? y2 - y1 : x2 - x1);
  for (const link of [...found].sort((one, other) => slant(one) - slant(other))) { // the straight ones have the least choice
    const [x1, y1, x2, y2] = link.line;
    const spots = shares.map((share) => ({ x: x1 + (x2 - x1) * share, y: y1 + (y2 - y1) * share }));
    const inside = (spot) => !sideways || Math.min(spot.x - x1, x2 - spot.x) > size.width / 2;
    const free = spots.find((spot) => inside(spot) && !taken.some((other) => cover(spot, other, size)));
    every &&= Boolean(free);
    const many = found.filter((other) => other.place === link.place).length > MANY;
    link.label = { ...(free || spots[0]), ...size, rows, crowded: !free, many };
    if (free) taken.push(free);
  }
  return every;
}

function cover(one, other, size) {
  return Math.abs(one.x - other.x) < size.width + 2 && Math.abs(one.y - other.y) < size.height + 2;
}
