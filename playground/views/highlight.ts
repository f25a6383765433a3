// A text with spans marked in it, each with its name.
import { el } from "../dom.ts";
import { hues, score } from "./format.ts";

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly label?: string;
  readonly score?: number;
}

/** Spans do not overlap. */
export function highlight(text: string, spans: readonly Span[], hue = hues()): HTMLElement {
  const passage = el("p", { class: "passage" });
  let at = 0;
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    passage.append(text.slice(at, span.start), marked(text, span, hue));
    at = span.end;
  }
  passage.append(text.slice(at));
  return passage;
}

function marked(text: string, { start, end, label, score: value }: Span, hue: (name: string) => number): HTMLElement {
  const words = text.slice(start, end);
  if (label === undefined) return el("mark", {}, words);
  const name = el("small", {}, label.replaceAll("_", " "));
  const title = value === undefined ? label : `${label} ${score(value)}`;
  return el("mark", { class: "span", title, "--hue": hue(label) }, words, name);
}
