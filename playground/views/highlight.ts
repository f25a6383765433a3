// A text with spans highlighted in it, each with its label.
import { el } from "../dom.ts";
import { formatScore, hueOf } from "./format.ts";

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly label?: string;
  readonly score?: number;
}

/** @param spans must not overlap; those with the same label get the same colour */
export function highlight(text: string, spans: readonly Span[]): HTMLElement {
  const labels = [...new Set(spans.map(({ label }) => label))];
  const passage = el("p", { class: "passage", dir: "auto" });
  let at = 0;
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    passage.append(text.slice(at, span.start), mark(text, span, hueOf(labels.indexOf(span.label))));
    at = span.end;
  }
  passage.append(text.slice(at));
  return passage;
}

function mark(text: string, { start, end, label, score }: Span, hue: number): HTMLElement {
  const words = text.slice(start, end);
  if (label === undefined) return el("mark", {}, words);
  const title = score === undefined ? label : `${label} ${formatScore(score)}`;
  return el("mark", { class: "span", title, "--hue": hue }, words, el("small", {}, label.replaceAll("_", " ")));
}
