// Values over time. The kernel sends what is to be seen; only what is new is sent again, and one canvas is
// drawn anew, never the page. A NaN is a gap, and stays one.
const MOST_LABELS = 6;

function render({ model, el }) {
  const root = element("div", "chart", el);
  const legend = element("div", "legend", root);
  const box = element("div", "plot", root);
  box.style.height = `${model.get("height")}px`;
  const over = element("div", "over", box), tip = element("div", "tip", box), note = element("div", "none", box);
  const state = { lines: [], dots: [], limits: [], spans: [], ticks: [], since: 0, until: 1, hidden: new Set() };
  let area = null, hover = null, drag = null;

  const base = sheet(box, (ctx, w, h) => { area = drawChart(ctx, w, h, state, root); });
  const top = sheet(over, (ctx) => area && drawHover(ctx, area, state, hover, drag, tip));

  const take = (message, buffers) => {
    if (message.kind === "news") {
      state.lines.forEach((line, n) => {
        const [drop, keep] = message.cuts[n];
        line.t = joined(Float64Array, line.t.subarray(drop, drop + keep), numbers(Float64Array, buffers[2 * n]));
        line.v = joined(Float32Array, line.v.subarray(drop, drop + keep), numbers(Float32Array, buffers[2 * n + 1]));
      });
      Object.assign(state, message);
    } else {
      let next = 0;
      const series = (kind) => ({
        ...kind, t: numbers(Float64Array, buffers[next++]), v: numbers(Float32Array, buffers[next++]),
        ...(kind.band ? { low: numbers(Float32Array, buffers[next++]), high: numbers(Float32Array, buffers[next++]) } : {}),
      });
      Object.assign(state, message, { lines: message.lines.map(series), dots: message.dots.map(series) });
      showLegend();
    }
    note.textContent = state.lines.some((l) => l.t.length) ? "" : state.empty ?? "";
    base.redraw();
    top.redraw();
  };

  const showLegend = () => {
    legend.replaceChildren();
    for (const line of [...state.lines, ...state.dots]) {
      if (!line.name) continue;
      const item = swatch(legend, line.colour, line.name, line.shape ?? (line.dash ? "line dash" : "line"));
      item.classList.toggle("off", state.hidden.has(line.name));
      item.title = "show or hide";
      item.onclick = () => {
        state.hidden.has(line.name) ? state.hidden.delete(line.name) : state.hidden.add(line.name);
        item.classList.toggle("off");
        base.redraw();
      };
    }
    for (const [colour, text] of state.keys ?? []) swatch(legend, colour, text, "block");
  };

  const at = (event) => event.clientX - box.getBoundingClientRect().left;
  box.onpointermove = (event) => { hover = at(event); if (drag) drag.to = hover; top.redraw(); };
  box.onpointerleave = () => { hover = drag = null; top.redraw(); };
  box.onpointerdown = (event) => {
    hover = at(event);
    if (model.get("zoom") && event.pointerType === "mouse" && event.button === 0) drag = { from: hover, to: hover };
    top.redraw();
  };
  box.onpointerup = () => {
    const [a, b] = drag ? [drag.from, drag.to].sort((p, q) => p - q) : [0, 0];
    drag = null;
    if (area && b - a > 8) model.send({ kind: "zoom", since: area.time(a), until: area.time(b) });
    top.redraw();
  };
  box.ondblclick = () => model.get("zoom") && model.send({ kind: "unzoom" });

  model.on("msg:custom", take);
  model.send({ kind: "ready" });
  return () => { base.end(); top.end(); model.off("msg:custom", take); };
}

function joined(Kind, a, b) {
  const both = new Kind(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function seen(state) { return state.lines.filter((l) => !state.hidden.has(l.name)); }

/** Lowest and highest of what is in view, thresholds included, with some air. */
function reach(state) {
  let low = Infinity, high = -Infinity;
  const count = (value) => { if (value < low) low = value; if (value > high) high = value; };
  for (const line of [...seen(state), ...state.dots.filter((d) => !state.hidden.has(d.name))]) {
    for (let i = 0; i < line.t.length; i++) {
      if (line.t[i] < state.since || line.t[i] > state.until) continue;
      count(line.low ? line.low[i] : line.v[i]);
      count(line.high ? line.high[i] : line.v[i]);
    }
  }
  for (const limit of state.limits) if (low < Infinity || state.lines.length === 0) count(limit.y);
  if (low > high) return [0, 1, false];
  const air = Math.max((high - low) * 0.08, 0.25);
  return [low - air, high + air, true];
}

function drawChart(ctx, w, h, state, root) {
  const [low, high, there] = reach(state), { ticks: all, decimals } = niceTicks(low, high, Math.max(2, Math.floor(h / 55)));
  const ticks = there ? all : [];
  const gutter = Math.max(...ticks.map((y) => ctx.measureText(y.toFixed(decimals)).width), 18) + 12;
  const plot = { left: gutter, right: w - 10, top: state.unit ? 20 : 8, bottom: h - 36 };
  const span = state.until - state.since;
  const area = {
    ...plot, w, h,
    x: (t) => plot.left + ((t - state.since) / span) * (plot.right - plot.left),
    y: (v) => plot.bottom - ((v - low) / (high - low)) * (plot.bottom - plot.top),
    time: (x) => state.since + ((x - plot.left) / (plot.right - plot.left)) * span,
  };
  ctx.textBaseline = "middle";
  for (const y of ticks) {
    rule(ctx, plot.left, area.y(y), plot.right, area.y(y), GRID);
    text(ctx, y.toFixed(decimals), plot.left - 8, area.y(y), MUTED, "right");
  }
  if (state.unit && there) text(ctx, state.unit, 0, 8, MUTED, "left");
  rule(ctx, plot.left, plot.bottom, plot.right, plot.bottom, AXIS);
  drawTicks(ctx, area, state);
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.left, plot.top - 8, plot.right - plot.left, plot.bottom - plot.top + 9);
  ctx.clip();
  for (const s of state.spans) {
    ctx.fillStyle = s.colour;
    const wide = Math.max(3, area.x(s.to) - area.x(s.from)), strip = s.row !== null;
    ctx.fillRect(area.x(s.from), plot.top + (strip ? 7 * s.row - 6 : 0), wide, strip ? 5 : plot.bottom - plot.top);
  }
  let gaps = 0, points = 0;
  for (const line of seen(state)) {
    const found = drawLine(ctx, area, line);
    gaps += found.gaps;
    points += found.points;
  }
  for (const limit of state.limits) {
    ctx.setLineDash([5, 4]);
    rule(ctx, plot.left, area.y(limit.y), plot.right, area.y(limit.y), limit.colour);
    ctx.setLineDash([]);
  }
  for (const dots of state.dots) if (!state.hidden.has(dots.name)) points += drawDots(ctx, area, dots);
  ctx.restore();
  for (const limit of state.limits) {
    if (limit.label) text(ctx, limit.label, plot.right - 4, area.y(limit.y) - 8, limit.colour, "right");
  }
  Object.assign(root.dataset, { points, gaps, span, draws: 1 + Number(root.dataset.draws ?? 0) });
  return area;
}

function drawTicks(ctx, area, state) {
  let free = -Infinity;
  for (const [at, label] of state.ticks) {
    const x = area.x(at), rows = label.split("<br>"), half = ctx.measureText(rows[0]).width / 2;
    if (x < area.left || x > area.right + 1) continue;
    rule(ctx, x, area.bottom, x, area.bottom + 4, AXIS);
    if (x - half < free) continue;
    const wide = Math.max(...rows.map((row) => ctx.measureText(row).width)) / 2;
    const middle = Math.max(wide, Math.min(x, area.w - wide));
    rows.forEach((row, n) => text(ctx, row, middle, area.bottom + 12 + 14 * n, MUTED, "center"));
    free = middle + half + 8;
  }
}

/** One line with its band, cut at gaps; where points are denser than the screen, each column's extremes. */
function drawLine(ctx, area, line) {
  const { t, v } = line, from = lowerBound(t, area.time(area.left)) - 1, to = lowerBound(t, area.time(area.right)) + 1;
  const first = Math.max(0, from), last = Math.min(t.length, to);
  if (line.low) drawBand(ctx, area, line, first, last);
  ctx.strokeStyle = line.colour;
  ctx.fillStyle = line.colour;
  ctx.lineWidth = line.width ?? 2;
  ctx.lineJoin = "round";
  ctx.setLineDash(line.dash ? [4, 3] : []);
  ctx.beginPath();
  let gaps = 0, points = 0, open = false, column = -1, lowest = 0, highest = 0;
  const dense = last - first > 3 * (area.right - area.left);
  for (let i = first; i < last; i++) {
    if (Number.isNaN(v[i])) { if (open) gaps++; open = false; column = -1; continue; }
    const x = area.x(t[i]), y = area.y(v[i]);
    points++;
    if (!open) {
      ctx.moveTo(x, y);
      if (i + 1 >= last || Number.isNaN(v[i + 1])) ctx.arc(x, y, 1, 0, 7);  // alone between two gaps
    } else if (!dense || Math.floor(x) !== column) {
      ctx.lineTo(x, y);
      lowest = highest = y;
    } else if (y < lowest || y > highest) {
      ctx.lineTo(x, y);
      lowest = Math.min(lowest, y);
      highest = Math.max(highest, y);
    }
    column = Math.floor(x);
    open = true;
  }
  ctx.stroke();
  ctx.setLineDash([]);
  return { gaps, points };
}

function drawBand(ctx, area, line, first, last) {
  ctx.fillStyle = `${line.colour}2E`;
  let start = -1;
  for (let i = first; i <= last; i++) {
    const there = i < last && !Number.isNaN(line.v[i]);
    if (there && start < 0) start = i;
    if (there || start < 0) continue;
    ctx.beginPath();
    for (let k = start; k < i; k++) ctx.lineTo(area.x(line.t[k]), area.y(line.high[k]));
    for (let k = i - 1; k >= start; k--) ctx.lineTo(area.x(line.t[k]), area.y(line.low[k]));
    ctx.fill();
    start = -1;
  }
}

function drawDots(ctx, area, dots) {
  ctx.strokeStyle = dots.colour;
  ctx.lineWidth = 1.6;
  for (let i = 0; i < dots.t.length; i++) {
    const x = area.x(dots.t[i]), y = Number.isNaN(dots.v[i]) ? area.bottom - 5 : area.y(dots.v[i]);
    if (x < area.left - 5 || x > area.right + 5) continue;
    ctx.beginPath();
    if (dots.shape === "cross") { ctx.moveTo(x - 3, y - 3); ctx.lineTo(x + 3, y + 3); ctx.moveTo(x - 3, y + 3); ctx.lineTo(x + 3, y - 3); }
    else if (dots.shape === "triangle") { ctx.moveTo(x, y - 4); ctx.lineTo(x + 4, y + 3); ctx.lineTo(x - 4, y + 3); ctx.closePath(); }
    else ctx.arc(x, y, 3, 0, 7);
    ctx.stroke();
  }
  return dots.t.length;
}

/** A cross-hair, and what each line has there; or the span that is being chosen. */
function drawHover(ctx, area, state, x, drag, tip) {
  tip.style.display = "none";
  if (drag && Math.abs(drag.to - drag.from) > 8) {
    ctx.fillStyle = "#0072B222";
    ctx.fillRect(Math.min(drag.from, drag.to), area.top, Math.abs(drag.to - drag.from), area.bottom - area.top);
    return;
  }
  if (x === null || x < area.left || x > area.right) return;
  const near = seen(state).map((line) => ({ line, i: nearest(line.t, area.time(x)) }))
    .filter(({ line, i }) => i >= 0 && Math.abs(area.x(line.t[i]) - x) < 40);
  if (!near.length) return;
  const best = near.reduce((a, b) => (Math.abs(area.x(a.line.t[a.i]) - x) <= Math.abs(area.x(b.line.t[b.i]) - x) ? a : b));
  const when = best.line.t[best.i];
  rule(ctx, area.x(when), area.top, area.x(when), area.bottom, AXIS);
  tip.replaceChildren();
  element("b", "", tip, clock(when, state));
  for (const { line, i } of near) {
    const value = line.v[i], row = element("div", "", tip);
    swatch(row, line.colour, line.name ?? "", "line");
    element("span", "value", row, Number.isNaN(value) ? "gap" : `${value.toFixed(state.decimals ?? 1)} ${state.unit_short ?? ""}`);
    if (Number.isNaN(value)) continue;
    ctx.fillStyle = line.colour;
    ctx.beginPath();
    ctx.arc(area.x(line.t[i]), area.y(value), 3.5, 0, 7);
    ctx.fill();
  }
  const labels = [...new Set(state.spans.filter((s) => s.label && s.from <= when && when <= s.to).map((s) => s.label))];
  for (const label of labels.slice(0, MOST_LABELS)) element("div", "muted", tip, label);
  if (labels.length > MOST_LABELS) element("div", "muted", tip, `and ${labels.length - MOST_LABELS} more`);
  placeTip(tip, x, area.top, area.w);
}

/** The instant as people on the farm write it, the zone's offset of that very day included. */
function clock(ms, state) {
  const long = state.until - state.since > 3 * 86400e3;
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: state.zone, day: "numeric", month: "short", ...(long ? { year: "numeric" } : {}),
    hour: "2-digit", minute: "2-digit", ...(long ? {} : { second: "2-digit" }), timeZoneName: "short",
  }).format(ms);
}

function lowerBound(t, at) {
  let low = 0, high = t.length;
  while (low < high) { const mid = (low + high) >> 1; if (t[mid] < at) low = mid + 1; else high = mid; }
  return low;
}

function nearest(t, at) {
  if (!t.length) return -1;
  const i = Math.min(lowerBound(t, at), t.length - 1);
  return i > 0 && at - t[i - 1] < t[i] - at ? i - 1 : i;
}

function rule(ctx, x0, y0, x1, y1, colour) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  ctx.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  ctx.stroke();
}

function text(ctx, words, x, y, colour, align) {
  ctx.fillStyle = colour;
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
  ctx.fillText(words, x, y);
}

export default { render };
