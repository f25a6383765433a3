// What is known of a trained classifier and its data, as one HTML page that needs nothing else: no scripts, and nothing from elsewhere.
import type { RowPlace } from "../../data/report.ts";
import type { ClassReport } from "../../train/evaluate-classes.ts";
import type { CurvePoint } from "../../train/learning-curve.ts";
import type { ReliabilityBin } from "../../train/reliability.ts";
import type { Suspect } from "../../train/suspects.ts";
import type { LabelledFiles } from "../labelled-files.ts";
import { curveChart, percent, reliabilityChart } from "./charts.ts";
import { type Html, html } from "./html.ts";

/** What is found by examples that were held back, beside {@link ClassReport}. */
export interface Analysis {
  readonly learning_curve: readonly CurvePoint[];
  readonly reliability: readonly ReliabilityBin[];
  readonly suspects: readonly (Suspect & RowPlace & { readonly text: string })[];
  /** Labels with few examples, or recognised in fewer than half of the cases. */
  readonly needs_examples: readonly NeedyLabel[];
}

export interface NeedyLabel {
  readonly label: string;
  readonly examples: number;
  readonly recall: number;
}

export interface ReportPage {
  readonly name: string;
  readonly files: Pick<LabelledFiles, "data" | "notes">;
  readonly report: ClassReport;
  readonly analysis: Analysis;
  /** Measured on examples of another file. */
  readonly test?: ClassReport | undefined;
}

export function reportPage({ name, files, report, analysis, test }: ReportPage): string {
  const title = `Head ${name}`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${STYLE}</style></head><body>
<h1>${title}</h1>
<p>${summary(report)} On examples that were held back.</p>
${test ? html`<p>${summary(test)} On ${test.examples} examples of the test file.</p>` : ""}
<h2>The data</h2>${dataSection(files)}
<h2>Labels that need examples</h2>${needsSection(analysis.needs_examples)}
<h2>Rows whose labels look wrong</h2>${suspectsSection(analysis.suspects)}
<h2>Learning curve</h2><p>The accuracy of heads of a part of the examples, on a fifth that none of them has seen. Where it still rises, more examples help.</p>${curveChart(analysis.learning_curve)}
<h2>Reliability</h2><p>How often answers of a confidence are right, at temperature ${report.temperature.toFixed(2)}. Calibration error ${percent(report.calibration_error[1])}, and ${percent(report.calibration_error[0])} without the temperature.</p>${reliabilityChart(analysis.reliability)}
<h2>Labels</h2>${labelsSection(report)}
<h2>Confusion</h2>${confusionSection(report)}
</body></html>
`.toString();
}

function summary({ accuracy, accuracy_interval, macro_f1 }: ClassReport): string {
  return `Accuracy ${percent(accuracy)} (95 %: ${accuracy_interval.map(percent).join(" to ")}), macro F1 ${percent(macro_f1)}.`;
}

function dataSection({ data, notes }: ReportPage["files"]): Html {
  const { contradictions } = data;
  return html`${table(
    ["file", "format", "encoding", "rows"],
    data.files.map(({ file, format, encoding, rows }) => [file, format, encoding ?? "", rows]),
  )}${notes.length > 0 ? html`<ul>${notes.map((note) => html`<li><bdi>${note}</bdi></li>`)}</ul>` : ""}${
    contradictions.length > 0
      ? html`<h3>Texts with several labels</h3>${table(
          ["text", "labels", "rows"],
          contradictions
            .slice(0, MOST_ROWS)
            .map(({ text, labels, rows }) => [shorten(text), labels.join(", "), rows.map(placeName).join(", ")]),
        )}`
      : ""
  }`;
}

function needsSection(needy: readonly NeedyLabel[]): Html {
  if (needy.length === 0) return html`<p>None.</p>`;
  return table(
    ["label", "examples", "recognised"],
    needy.map(({ label, examples, recall }) => [label, examples, percent(recall)]),
  );
}

function suspectsSection(suspects: Analysis["suspects"]): Html {
  if (suspects.length === 0) return html`<p>None.</p>`;
  return html`<p>The probability of a row's label, by heads that have not seen the row; the least probable first.</p>${table(
    ["row", "text", "label", "probability", "rather", "probability"],
    suspects.map((one) => [
      placeName(one),
      shorten(one.text),
      one.label,
      percent(one.probability),
      one.predicted,
      percent(one.predicted_probability),
    ]),
  )}`;
}

function labelsSection({ labels }: ClassReport): Html {
  return table(
    ["label", "examples", "precision", "recall"],
    labels.map(({ label, examples, precision, recall }) => [label, examples, percent(precision), percent(recall)]),
  );
}

// A larger matrix fits no screen.
const MOST_LABELS = 30;
const MOST_ROWS = 50;

function confusionSection(report: ClassReport): Html {
  const pairs = confusedPairs(report);
  const list =
    pairs.length > 0
      ? table(["label", "taken for", "examples"], pairs.slice(0, MOST_ROWS))
      : html`<p>No label was taken for another.</p>`;
  return report.labels.length > MOST_LABELS ? list : html`${matrix(report)}${list}`;
}

function confusedPairs({ labels, confusion }: ClassReport): (readonly [string, string, number])[] {
  return confusion
    .flatMap((row, from) => row.map((count, to) => [from, to, count] as const))
    .filter(([from, to, count]) => from !== to && count > 0)
    .toSorted(([, , a], [, , b]) => b - a)
    .map(([from, to, count]) => [labels[from]!.label, labels[to]!.label, count]);
}

/** Rows are the labels examples have, columns those they were given; the shade is the share of the row. */
function matrix({ labels, confusion }: ClassReport): Html {
  const head = labels.map(({ label }) => html`<th class="up"><bdi>${label}</bdi></th>`);
  const rows = confusion.map((row, k) => {
    const total = row.reduce((sum, count) => sum + count, 0) || 1;
    const cells = row.map((count, to) => {
      const kind = k === to ? "right" : "wrong";
      return html`<td class="${kind}" style="--share:${(count / total).toFixed(2)}">${count || ""}</td>`;
    });
    return html`<tr><th><bdi>${labels[k]!.label}</bdi></th>${cells}</tr>`;
  });
  return html`<div class="wide"><table class="matrix"><tr><th>label, and what was answered</th>${head}</tr>${rows}</table></div>`;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): Html {
  const cell = (value: string | number) =>
    typeof value === "number" ? html`<td class="number">${value}</td>` : html`<td><bdi>${value}</bdi></td>`;
  return html`<div class="wide"><table><tr>${head.map((name) => html`<th>${name}</th>`)}</tr>${rows.map(
    (row) => html`<tr>${row.map(cell)}</tr>`,
  )}</table></div>`;
}

function placeName({ file, row }: RowPlace): string {
  return `${file}, row ${row}`;
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

const STYLE = html`
:root { color-scheme: light dark; --accent: #2a6fdb; --bad: #d33; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; font-size: .9rem; }
th, td { border: 1px solid #8884; padding: .2rem .5rem; text-align: start; overflow-wrap: anywhere; }
th { overflow-wrap: normal; }
.number, .matrix td { text-align: end; font-variant-numeric: tabular-nums; }
.up { writing-mode: vertical-rl; }
.right { background: color-mix(in srgb, var(--accent) calc(var(--share) * 60%), transparent); }
.wrong { background: color-mix(in srgb, var(--bad) calc(var(--share) * 60%), transparent); }
svg { width: 26rem; max-width: 100%; display: block; }
svg text { font-size: 4px; fill: currentColor; }
.x { text-anchor: middle; } .y { text-anchor: end; }
.grid { stroke: #8884; stroke-width: .3; }
.line { fill: none; stroke: var(--accent); }
.dot { fill: var(--accent); } .bar { fill: var(--accent); opacity: .4; }
.ideal { stroke: currentColor; stroke-width: .4; stroke-dasharray: 2; }
`;
