// Attention of one layer: a small map per head to choose from, and the chosen head as lines from each token to those it attends to. While
// a token is hovered or focused, only its lines are shown.
import { el, group, svg } from "../dom.ts";

export interface Attention {
  readonly tokens: readonly string[];
  /** [head][query][key] */
  readonly heads: readonly (readonly (readonly number[])[])[];
}

const ROW = 26;
const WIDTH = 360;
const LEFT = 120;
const RIGHT = WIDTH - 120;
// Fainter lines only blur the drawing.
const FAINTEST = 0.04;

export function attentionView({ tokens, heads }: Attention): Node {
  const drawing = el("div", { class: "scroll" });
  const maps = heads.map((weights, head) => {
    const choose = () => {
      drawing.replaceChildren(drawHead(tokens, weights, head));
      for (const [index, map] of maps.entries()) map.setAttribute("aria-pressed", String(index === head));
    };
    return el("button", { type: "button", class: "map", onclick: choose }, thumbnail(weights), `Head ${head + 1}`);
  });
  maps[sharpestHead(heads)]?.click();
  return group(el("div", { class: "maps", role: "group", "aria-label": "Heads" }, ...maps), drawing);
}

/** The head that concentrates its attention most, [CLS] and [SEP] aside: it has the most to show. */
function sharpestHead(heads: Attention["heads"]): number {
  const sums = heads.map((rows) => rows.slice(1).reduce((sum, row) => sum + Math.max(...row.slice(1, -1)), 0));
  return sums.indexOf(Math.max(...sums));
}

/** One pixel per weight. */
function thumbnail(weights: readonly (readonly number[])[]): HTMLElement {
  const size = weights.length;
  const canvas = el("canvas", { width: size, height: size, "aria-hidden": "true" });
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(size, size);
  for (const [index, weight] of weights.flat().entries()) {
    image.data.set([31, 140, 108, Math.round(255 * Math.sqrt(weight))], 4 * index);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function drawHead(tokens: readonly string[], weights: readonly (readonly number[])[], head: number): SVGElement {
  const height = tokens.length * ROW;
  const lines = weights.map((row, query) => svg("g", { class: "line" }, ...linesOf(row, query)));
  const from = tokens.map((token, query) => {
    const only = (on: boolean) => () =>
      lines[query]!.parentElement?.classList.toggle("one", lines[query]!.classList.toggle("on", on));
    const attributes = {
      class: "token",
      tabindex: 0,
      role: "img",
      "aria-label": `${token} attends to ${strongest(tokens, weights[query]!)}`,
      onpointerenter: only(true),
      onpointerleave: only(false),
      onfocus: only(true),
      onblur: only(false),
    };
    const box = svg("rect", { x: 0, y: query * ROW + 1, width: LEFT - 4, height: ROW - 2, rx: 5 });
    return svg("g", attributes, box, label(token, LEFT - 12, query, "end"));
  });
  const to = tokens.map((token, key) => label(token, RIGHT + 8, key, "start"));
  const name = `Head ${head + 1}: each token on the left attends to those on the right`;
  return svg(
    "svg",
    { class: "attention", viewBox: `0 0 ${WIDTH} ${height}`, role: "group", "aria-label": name },
    svg("g", { class: "lines" }, ...lines),
    ...from,
    ...to,
  );
}

function linesOf(row: readonly number[], query: number): SVGElement[] {
  return row.flatMap((weight, key) => {
    if (weight < FAINTEST) return [];
    const [y1, y2] = [query, key].map((index) => (index + 0.5) * ROW) as [number, number];
    const middle = (LEFT + RIGHT) / 2;
    const d = `M${LEFT} ${y1}C${middle} ${y1} ${middle} ${y2} ${RIGHT} ${y2}`;
    return svg("path", { d, "stroke-opacity": weight.toFixed(3), "stroke-width": (1 + 2.5 * weight).toFixed(2) });
  });
}

function label(token: string, x: number, row: number, anchor: "start" | "end"): SVGElement {
  const text = token.length > 13 ? `${token.slice(0, 12)}…` : token;
  return svg("text", { x, y: (row + 0.5) * ROW, "text-anchor": anchor, "dominant-baseline": "central" }, text);
}

function strongest(tokens: readonly string[], weights: readonly number[]): string {
  const best = weights.indexOf(Math.max(...weights));
  return `${tokens[best]} most (${weights[best]!.toFixed(2)})`;
}
