// The farm from above, in metres, north up: outlines of fields and a mark for each board on one canvas, so
// that 15,000 marks cost no more than a loop. The kernel sends places once and four bytes a board after.
const DOT = 0, HOLLOW = 1, RING = 2;

function render({ model, el }) {
  const root = element("div", "ground", el);
  const box = element("div", "plot", root);
  const fitHeight = () => { box.style.minHeight = `${Math.min(model.get("height"), 120 + 0.62 * root.clientWidth)}px`; };
  const tip = element("div", "tip", box), legend = element("div", "legend", root);
  const tools = element("div", "tools", box);
  const state = { fields: [], xy: new Float32Array(), marks: new Uint8Array(), zoom: 1, dx: 0, dy: 0 };
  const pointers = new Map();
  let scale = null, hover = -1, moved = false;

  const { canvas, redraw, end } = sheet(box, (ctx, w, h) => { scale = drawGround(ctx, w, h, state, hover, root, tiles); });
  const tiles = model.get("tiles") ? tilesOf(model.get("tiles"), redraw) : null;
  if (tiles) element("div", "credit muted", box, model.get("credit"));

  const take = (message, buffers) => {
    if (message.kind === "tip") { if (message.board === hover) showTip(message.html); return; }
    Object.assign(state, message);
    if (message.kind === "all") state.xy = numbers(Float32Array, buffers[0]);
    state.marks = numbers(Uint8Array, buffers[buffers.length - 1]);
    if (message.legend) showLegend(message.legend);
    redraw();
  };

  const showLegend = (keys) => {
    legend.replaceChildren();
    for (const key of keys) {
      if (key.scale) {
        const bar = element("span", "scale", legend);
        element("span", "", bar, key.scale[0]);
        element("i", "", bar).style.background = `linear-gradient(90deg, ${key.colours.join(",")})`;
        element("span", "", bar, key.scale[1]);
      } else if (key.colour) swatch(legend, key.colour, key.text, key.shape);
      else element("span", "muted", legend, key.text);
    }
  };

  const showTip = (html) => {
    tip.innerHTML = html;
    placeTip(tip, scale.x(state.xy[2 * hover]), scale.y(state.xy[2 * hover + 1]) - 12, scale.w);
  };

  const point = (x, y) => {
    const found = scale ? boardAt(state.xy, scale, x, y) : -1;
    if (found === hover) return;
    hover = found;
    tip.style.display = "none";
    if (hover >= 0) model.send({ kind: "hover", board: hover });
    redraw();
  };

  const zoomBy = (factor, x = box.clientWidth / 2, y = box.clientHeight / 2) => {
    const next = Math.min(Math.max(state.zoom * factor, 1), 60), real = next / state.zoom;
    state.dx = next === 1 ? 0 : x - (x - state.dx - box.clientWidth / 2) * real - box.clientWidth / 2;
    state.dy = next === 1 ? 0 : y - (y - state.dy - box.clientHeight / 2) * real - box.clientHeight / 2;
    state.zoom = next;
    tip.style.display = "none";
    redraw();
  };

  for (const [label, title, factor] of [["+", "closer", 1.6], ["−", "farther", 1 / 1.6], ["⤢", "all of it", 0]]) {
    const button = element("button", "", tools, label);
    button.title = button.ariaLabel = title;
    button.onclick = () => zoomBy(factor);
  }

  const local = (e) => { const r = box.getBoundingClientRect(); return [e.clientX - r.left, e.clientY - r.top]; };
  box.onpointerdown = (e) => { pointers.set(e.pointerId, local(e)); moved = false; point(...local(e)); };
  box.onpointermove = (e) => {
    const [x, y] = local(e), before = pointers.get(e.pointerId);
    if (!before) return point(x, y);
    const others = [...pointers].filter(([id]) => id !== e.pointerId).map(([, p]) => p);
    if (others.length) {
      const far = (p) => Math.hypot(p[0] - others[0][0], p[1] - others[0][1]) || 1;
      zoomBy(far([x, y]) / far(before), ...others[0]);
    } else if (state.zoom > 1) { state.dx += x - before[0]; state.dy += y - before[1]; moved = true; redraw(); }
    pointers.set(e.pointerId, [x, y]);
  };
  box.onpointerup = box.onpointercancel = (e) => pointers.delete(e.pointerId);
  box.onpointerleave = (e) => { pointers.delete(e.pointerId); if (e.pointerType === "mouse") point(-99, -99); };
  box.addEventListener("wheel", (e) => {
    if (!e.ctrlKey && !e.metaKey) return;  // the page's own scrolling stays the page's
    e.preventDefault();
    zoomBy(e.deltaY < 0 ? 1.25 : 0.8, ...local(e));
  }, { passive: false });

  const widths = new ResizeObserver(fitHeight);
  widths.observe(root);
  model.on("msg:custom", take);
  model.send({ kind: "ready" });
  return () => { end(); widths.disconnect(); model.off("msg:custom", take); };
}

/** Metres to pixels, the same both ways, the whole farm in the middle; and how large a mark is. */
function fitted(w, h, state) {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  const count = (x, y) => { left = Math.min(left, x); right = Math.max(right, x); low = Math.min(low, y); high = Math.max(high, y); };
  for (const field of state.fields) for (const [x, y] of field.points) count(x, y);
  for (let i = 0; i < state.xy.length; i += 2) count(state.xy[i], state.xy[i + 1]);
  if (left > right) [left, right, low, high] = [-100, 100, -100, 100];
  const air = 22, per = Math.min((w - 2 * air) / Math.max(right - left, 20), (h - 2 * air) / Math.max(high - low, 20)) * state.zoom;
  const boards = state.xy.length / 2 || 1;
  return {
    w, h, per,
    x: (east) => w / 2 + state.dx + (east - (left + right) / 2) * per,
    y: (north) => h / 2 + state.dy - (north - (low + high) / 2) * per,
    east: (x) => (x - w / 2 - state.dx) / per + (left + right) / 2,
    north: (y) => (h / 2 + state.dy - y) / per + (low + high) / 2,
    mark: Math.min(8, Math.max(1.6, 0.3 * Math.sqrt((w * h) / boards) * Math.sqrt(state.zoom))),
  };
}

/** Pictures of the land from a server that somebody has named: `at` gives one when it is there. */
function tilesOf(address, redraw) {
  const known = new Map();
  return (z, x, y) => {
    const url = address.replace("{z}", z).replace("{x}", x).replace("{y}", y);
    if (known.size > 300) known.clear();
    if (!known.has(url)) known.set(url, Object.assign(new Image(), { src: url, onload: redraw }));
    const image = known.get(url);
    return image.complete && image.naturalWidth ? image : null;
  };
}

/** The tiles (Web Mercator) that are in view, each laid on its own corners in metres. */
function drawTiles(ctx, scale, { lon, lat, east, north }, at) {
  const rad = Math.PI / 180, metres = 156543.03 * Math.cos(lat * rad);
  const z = Math.max(0, Math.min(19, Math.round(Math.log2(metres * scale.per)))), world = 2 ** z;
  const column = (px) => ((lon + scale.east(px) / east + 180) / 360) * world;
  const row = (px) => ((1 - Math.asinh(Math.tan((lat + scale.north(px) / north) * rad)) / Math.PI) / 2) * world;
  const left = (c) => scale.x(((c / world) * 360 - 180 - lon) * east);
  const top = (r) => scale.y((Math.atan(Math.sinh(Math.PI * (1 - (2 * r) / world))) / rad - lat) * north);
  for (let c = Math.floor(column(0)); c <= column(scale.w); c++) {
    for (let r = Math.floor(row(0)); r <= row(scale.h); r++) {
      const image = at(z, c, r);
      if (image) ctx.drawImage(image, left(c), top(r), left(c + 1) - left(c), top(r + 1) - top(r));
    }
  }
}

function drawGround(ctx, w, h, state, hover, root, tiles) {
  const scale = fitted(w, h, state);
  if (tiles && state.ground) drawTiles(ctx, scale, state.ground, tiles);
  for (const field of state.fields) {
    ctx.beginPath();
    for (const [x, y] of field.points) ctx.lineTo(scale.x(x), scale.y(y));
    ctx.closePath();
    ctx.fillStyle = field.fill;
    ctx.globalAlpha = tiles ? 0.6 : 1;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.strokeStyle = field.line;
    ctx.lineWidth = field.bold ? 2.5 : 1.2;
    ctx.stroke();
  }
  const { xy, marks } = state, size = scale.mark;
  for (let i = 0; i < xy.length / 2; i++) drawMark(ctx, scale.x(xy[2 * i]), scale.y(xy[2 * i + 1]), size, marks, 4 * i);
  for (const field of state.fields) label(ctx, field, scale);
  if (hover >= 0) {
    ctx.strokeStyle = INK;
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.arc(scale.x(xy[2 * hover]), scale.y(xy[2 * hover + 1]), size + 3, 0, 7);
    ctx.stroke();
  }
  drawScale(ctx, w, h, scale.per);
  Object.assign(root.dataset, { boards: xy.length / 2, draws: 1 + Number(root.dataset.draws ?? 0) });
  return scale;
}

function drawMark(ctx, x, y, size, marks, at) {
  const colour = `rgb(${marks[at]},${marks[at + 1]},${marks[at + 2]})`, shape = marks[at + 3];
  ctx.beginPath();
  ctx.arc(x, y, shape === HOLLOW ? size - 1 : size, 0, 7);
  ctx.fillStyle = shape === HOLLOW ? "#fff" : colour;
  ctx.fill();
  if (size < 2.5 && shape === DOT) return;
  ctx.strokeStyle = shape === HOLLOW ? colour : INK;
  ctx.lineWidth = shape === DOT ? 0.8 : 2;
  ctx.stroke();
}

/** Name and value above the field's middle, on a light ground, where the field is large enough for it. */
function label(ctx, field, scale) {
  const xs = field.points.map((p) => scale.x(p[0])), ys = field.points.map((p) => scale.y(p[1]));
  const x = (Math.min(...xs) + Math.max(...xs)) / 2, y = Math.min(...ys) + 16;
  ctx.font = `600 ${FONT}`;
  const width = Math.max(ctx.measureText(field.name).width, ctx.measureText(field.value ?? "").width);
  if (width > (Math.max(...xs) - Math.min(...xs)) * 1.25) return;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.lineWidth = 3.5;
  ctx.lineJoin = "round";
  ctx.strokeStyle = "#FFFFFFE6";
  for (const [words, row] of [[field.name, 0], [field.value ?? "", 1]]) {
    ctx.font = row ? FONT : `600 ${FONT}`;
    ctx.strokeText(words, x, y + 15 * row);
    ctx.fillStyle = row ? MUTED : INK;
    ctx.fillText(words, x, y + 15 * row);
  }
  ctx.font = FONT;
}

/** A bar of a round number of metres, and where north is. */
function drawScale(ctx, w, h, per) {
  const metres = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].filter((m) => m * per <= 110).pop() ?? 1;
  ctx.strokeStyle = ctx.fillStyle = MUTED;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(10.5, h - 12); ctx.lineTo(10.5, h - 8); ctx.lineTo(10.5 + metres * per, h - 8); ctx.lineTo(10.5 + metres * per, h - 12);
  ctx.stroke();
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillText(metres < 1000 ? `${metres} m` : `${metres / 1000} km`, 16 + metres * per, h - 10);
  ctx.textAlign = "center";
  ctx.fillText("N", w - 16, h - 8);
  ctx.beginPath();
  ctx.moveTo(w - 16, h - 34); ctx.lineTo(w - 11, h - 16); ctx.lineTo(w - 16, h - 20); ctx.lineTo(w - 21, h - 16);
  ctx.fill();
}

function boardAt(xy, scale, x, y) {
  let best = -1, least = (scale.mark + 8) ** 2;
  for (let i = 0; i < xy.length / 2; i++) {
    const far = (scale.x(xy[2 * i]) - x) ** 2 + (scale.y(xy[2 * i + 1]) - y) ** 2;
    if (far < least) { least = far; best = i; }
  }
  return best;
}

export default { render };
