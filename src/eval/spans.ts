// F1 of labelled spans, from tags of tokens: as seqeval counts them (Nakayama 2018), leniently or by IOB2 to the letter.
import { ratio } from "./ratio.ts";

/**
 * How tags become spans. Lenient, as conlleval: any tag of a label begins a span where none of that label is open. Strict: a span begins with B- and goes
 * on with I- of its label, and nothing else is one.
 */
export type TagScheme = "lenient" | "iob2";

export interface SpanScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface SpanReport extends SpanScores {
  /** The mean F1 of the labels. */
  readonly macro_f1: number;
  readonly labels: readonly (SpanScores & { readonly label: string; readonly spans: number })[];
}

/** Spans of one row, or of one label: those that are right, those that were found, and those that there are. */
export interface SpanCounts {
  readonly right: number;
  readonly found: number;
  readonly wanted: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/**
 * The spans of a row's tags, by tokens.
 * @example
 * spansOf(["B-PER", "I-PER", "O", "I-LOC"], "lenient"); // PER of tokens 0 to 2, LOC of token 3
 */
export function spansOf(tags: readonly string[], scheme: TagScheme): Span[] {
  const spans: Span[] = [];
  let open: { start: number; label: string } | undefined;
  const close = (end: number) => {
    if (open) spans.push({ ...open, end });
    open = undefined;
  };
  for (const [index, tag] of tags.entries()) {
    const [mark, label] = [tag.slice(0, 1), tag.slice(2)];
    const goesOn = (mark === "I" || mark === "E") && open?.label === label;
    if (!goesOn) {
      close(index);
      const begins = scheme === "iob2" ? mark === "B" : mark !== "O";
      if (begins) open = { start: index, label };
    }
    if (scheme === "lenient" && (mark === "E" || mark === "S")) close(index + 1);
  }
  close(tags.length);
  return spans;
}

/** How many spans of a row were found. */
export function countSpans(gold: readonly string[], predicted: readonly string[], scheme: TagScheme): SpanCounts {
  const [wanted, found] = [spansOf(gold, scheme), spansOf(predicted, scheme)];
  const keys = new Set(wanted.map(keyOf));
  return { right: found.filter((span) => keys.has(keyOf(span))).length, found: found.length, wanted: wanted.length };
}

/** @param gold and predicted: the tags of each row */
export function scoreSpans(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  scheme: TagScheme,
): SpanReport {
  const byLabel = new Map<string, { right: number; found: number; wanted: number }>();
  const countOf = (label: string) => {
    const count = byLabel.get(label) ?? { right: 0, found: 0, wanted: 0 };
    byLabel.set(label, count);
    return count;
  };
  for (const [row, tags] of gold.entries()) {
    const [wanted, found] = [spansOf(tags, scheme), spansOf(predicted[row]!, scheme)];
    const keys = new Set(wanted.map(keyOf));
    for (const { label } of wanted) countOf(label).wanted++;
    for (const span of found) {
      countOf(span.label).found++;
      if (keys.has(keyOf(span))) countOf(span.label).right++;
    }
  }
  const labels = [...byLabel]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, counts]) => ({ label, spans: counts.wanted, ...scoresOf(counts) }));
  const total = addSpans([...byLabel.values()]);
  const macro = labels.reduce((sum, { f1 }) => sum + f1, 0);
  return { ...scoresOf(total), macro_f1: ratio(macro, labels.length), labels };
}

export function addSpans(counts: readonly SpanCounts[]): SpanCounts {
  const sum = (name: keyof SpanCounts) => counts.reduce((total, count) => total + count[name], 0);
  return { right: sum("right"), found: sum("found"), wanted: sum("wanted") };
}

export function scoresOf({ right, found, wanted }: SpanCounts): SpanScores {
  return { precision: ratio(right, found), recall: ratio(right, wanted), f1: ratio(2 * right, found + wanted) };
}

function keyOf({ start, end, label }: Span): string {
  return `${start} ${end} ${label}`;
}
