// Charts as SVG, in a square of 100 units with a margin for the axes. Shares are of 1.
import type { CurvePoint } from "../../train/learning-curve.ts";
import type { ReliabilityBin } from "../../train/reliability.ts";
import { type Html, html } from "./html.ts";

const TICKS = [0, 0.25, 0.5, 0.75, 1];

const y = (share: number) => round(100 - 100 * share);

/** Accuracy by the number of examples. */
export function curveChart(points: readonly CurvePoint[]): Html {
  const most = points.at(-1)?.examples ?? 1;
  const x = (examples: number) => round((100 * examples) / most);
  const line = points.map(({ examples, accuracy }) => `${x(examples)},${y(accuracy)}`).join(" ");
  return chart(
    "accuracy by the number of examples",
    html`<polyline class="line" points="${line}"/>${points.map(
      ({ examples, accuracy }) =>
        html`<circle class="dot" cx="${x(examples)}" cy="${y(accuracy)}" r="1.5"><title>${examples} examples: ${percent(accuracy)}</title></circle><text class="x" x="${x(examples)}" y="106">${examples}</text>`,
    )}`,
    "examples",
  );
}

/** Accuracy by confidence: right where bars reach the diagonal. */
export function reliabilityChart(bins: readonly ReliabilityBin[]): Html {
  const bars = bins
    .filter(({ examples }) => examples > 0)
    .map(({ from, to, examples, confidence, accuracy }) => {
      const said = `confidence ${percent(confidence)}, right ${percent(accuracy)}, of ${examples}`;
      return html`<rect class="bar" x="${round(100 * from + 0.5)}" y="${y(accuracy)}" width="${round(100 * (to - from) - 1)}" height="${round(100 * accuracy)}"><title>${said}</title></rect><circle class="dot" cx="${round(100 * confidence)}" cy="${y(accuracy)}" r="1.5"/>`;
    });
  const ticks = TICKS.map((tick) => html`<text class="x" x="${100 * tick}" y="106">${100 * tick} %</text>`);
  return chart(
    "how often answers are right, by their confidence",
    html`${bars}<line class="ideal" x1="0" y1="100" x2="100" y2="0"/>${ticks}`,
    "confidence",
  );
}

function chart(title: string, inside: Html, axis: string): Html {
  const grid = TICKS.map(
    (tick) =>
      html`<line class="grid" x1="0" x2="100" y1="${y(tick)}" y2="${y(tick)}"/><text class="y" x="-2" y="${y(tick) + 1.5}">${100 * tick} %</text>`,
  );
  return html`<svg viewBox="-16 -6 126 124" role="img" aria-label="${title}"><title>${title}</title>${grid}${inside}<text class="x" x="50" y="114">${axis}</text></svg>`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function round(value: number): number {
  return Math.round(100 * value) / 100;
}
