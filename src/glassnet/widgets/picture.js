// Stands in front of every picture's own script; see picture.py.

function bytes(text) {
  const raw = atob(text || "");
  const array = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) array[i] = raw.charCodeAt(i);
  return array;
}

function numbers(text) {
  return new Float32Array(bytes(text).buffer);
}

let palette = null; // as it was last read: to read it again for each picture would take longer than to draw most of them

function colours(el) {
  if (palette) return palette;
  const style = getComputedStyle(el);
  const read = (name) => style.getPropertyValue(`--gn-${name}`).trim();
  const names = ["bg", "surface", "raised", "ink", "muted", "line", "soft", "pos", "neg", "focus", "sans", "mono"];
  const found = Object.fromEntries(names.map((name) => [name, read(name)]));
  found.series = Array.from({ length: 8 }, (_, i) => read(`series-${i}`));
  if (found.ink) palette = found; // else it is not on the page yet
  return found;
}

function rgb(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

function diverging(palette) {
  const [neg, zero, pos] = [rgb(palette.neg), rgb(palette.surface), rgb(palette.pos)];
  return (value) => {
    const share = Math.min(1, Math.abs(value) || 0);
    const end = value < 0 ? neg : pos;
    return zero.map((from, i) => Math.round(from + (end[i] - from) * share));
  };
}

function canvas(el, width, height) {
  const node = document.createElement("canvas");
  const context = node.getContext("2d");
  const resize = (w, h) => {
    const density = window.devicePixelRatio || 1;
    node.width = Math.round(w * density);
    node.height = Math.round(h * density);
    node.style.width = `${w}px`;
    node.style.height = `${h}px`;
    context.setTransform(density, 0, 0, density, 0, 0);
  };
  resize(width, height);
  el.append(node);
  return { node, context, resize };
}

function drawing(el, model, names, draw) {
  let frame = null;
  const later = () => {
    frame ??= requestAnimationFrame(() => {
      frame = null;
      draw();
    });
  };
  el.classList.add("gn-picture");
  for (const name of names) model.on(`change:${name}`, later);
  const otherTheme = () => {
    palette = null;
    later();
  };
  const theme = new MutationObserver(otherTheme);
  for (const node of [document.documentElement, document.body]) {
    theme.observe(node, { attributes: true, attributeFilter: ["class", "style", "data-theme"] });
  }
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", otherTheme);
  draw();
  return () => {
    for (const name of names) model.off(`change:${name}`, later);
    theme.disconnect();
    system.removeEventListener("change", otherTheme);
    if (frame !== null) cancelAnimationFrame(frame);
  };
}
