// What the network is drawn with: on the screen, and in files that are saved.

// Two pens with the same strokes: one for the screen, one for a file.
function onCanvas(context) {
  return {
    link: (a, b, width, colour, alpha, straight) => {
      const middle = (a.x + b.x) / 2;
      context.globalAlpha = alpha;
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(a.x, a.y);
      if (straight) context.lineTo(b.x, b.y);
      else context.bezierCurveTo(middle, a.y, middle, b.y, b.x, b.y);
      context.stroke();
      context.globalAlpha = 1;
    },
    tile: (atlas, x, side, corner, size, line, width, alpha) => {
      context.save();
      context.globalAlpha = alpha;
      context.beginPath();
      context.drawImage(atlas, x, 0, side, side, corner.x, corner.y, size, size);
      context.roundRect(corner.x, corner.y, size, size, 3);
      context.strokeStyle = line;
      context.lineWidth = width;
      context.stroke();
      context.restore();
    },
    dot: (x, y, size, colour, alpha, palette) => {
      context.fillStyle = palette.surface;
      context.fillRect(x, y, size, size);
      context.globalAlpha = alpha;
      context.fillStyle = colour;
      context.fillRect(x, y, size, size);
      context.globalAlpha = 1;
      context.strokeStyle = palette.muted;
      context.lineWidth = 0.75;
      context.strokeRect(x, y, size, size);
    },
    text: (text, x, y, palette, align) => {
      context.fillStyle = palette.muted;
      context.font = `12px ${palette.sans}`;
      context.textAlign = align;
      context.fillText(text, x, y);
    },
  };
}

function asSvg(parts) {
  const escape = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const near = (value) => Math.round(100 * value) / 100;
  return {
    link: (a, b, width, colour, alpha) => {
      const middle = near((a.x + b.x) / 2);
      const path = `M${near(a.x)} ${near(a.y)}C${middle} ${near(a.y)} ${middle} ${near(b.y)} ${near(b.x)} ${near(b.y)}`;
      parts.push(`<path d="${path}" fill="none" stroke="${colour}" stroke-width="${near(width)}" stroke-opacity="${near(alpha)}"/>`);
    },
    tile: (atlas, x, side, corner, size, line, width, alpha) => {
      const one = document.createElement("canvas");
      one.width = one.height = side;
      one.getContext("2d").drawImage(atlas, x, 0, side, side, 0, 0, side, side);
      const at = `x="${near(corner.x)}" y="${near(corner.y)}" width="${size}" height="${size}" opacity="${alpha}"`;
      parts.push(`<image ${at} preserveAspectRatio="none" href="${one.toDataURL()}"/>`);
      parts.push(`<rect ${at} rx="4" fill="none" stroke="${line}" stroke-width="${near(width)}"/>`);
    },
    dot: (x, y, size, colour, alpha) =>
      parts.push(`<rect x="${near(x)}" y="${near(y)}" width="${near(size)}" height="${near(size)}" fill="${colour}" fill-opacity="${near(alpha)}"/>`),
    text: (text, x, y, palette, align) => {
      const anchor = { center: "middle", right: "end", left: "start" }[align];
      parts.push(`<text x="${near(x)}" y="${near(y)}" fill="${palette.muted}" font-size="12" font-family="sans-serif" text-anchor="${anchor}">${escape(text)}</text>`);
    },
  };
}

function download(href, name) {
  Object.assign(document.createElement("a"), { href, download: name }).click();
}

// All tiles side by side in one picture.
function tilesImage(tiles, side, palette) {
  const count = Math.max(1, Math.floor(tiles.length / (side * side)));
  const image = document.createElement("canvas");
  [image.width, image.height] = [count * side, side];
  const between = diverging(palette);
  const table = Uint32Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = between((i - 127.5) / 127.5);
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
  const pixels = new ImageData(count * side, side);
  const words = new Uint32Array(pixels.data.buffer); // four bytes at once
  let from = 0;
  for (let number = 0; number < count; number++) {
    for (let row = 0; row < side; row++) {
      const start = (row * count + number) * side;
      for (let column = 0; column < side; column++) words[start + column] = table[tiles[from++]];
    }
  }
  image.getContext("2d").putImageData(pixels, 0, 0);
  return image;
}
