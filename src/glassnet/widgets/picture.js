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

// Has `changed` called when a node gets another width, and gives the function that says how wide it was last laid out: to ask
// the node itself in the midst of drawing would have the browser lay out the whole page.
function measured(node, changed) {
  let width = node.clientWidth;
  const observer = new ResizeObserver(() => {
    if (node.clientWidth === width) return;
    width = node.clientWidth;
    changed();
  });
  observer.observe(node);
  return { width: () => width || (width = node.clientWidth), end: () => observer.disconnect() };
}

// A number as text, with a minus sign instead of a hyphen.
function typeset(number) {
  return String(number).replaceAll("-", "\u2212");
}

// Sets a text or an attribute only where it is another one: the browser would draw it anew.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function attribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
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
  const nodes = [document.documentElement, document.body];
  const themed = () => nodes.map((node) => `${node.className} ${node.style.cssText} ${node.dataset.theme}`).join();
  let now = themed();
  const otherTheme = () => {
    palette = null;
    later();
  };
  const theme = new MutationObserver(() => {
    if (now === (now = themed())) return; // written anew, but the same
    otherTheme();
  });
  for (const node of nodes) theme.observe(node, { attributes: true, attributeFilter: ["class", "style", "data-theme"] });
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
