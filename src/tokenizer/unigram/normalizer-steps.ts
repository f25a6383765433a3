// What a unigram tokenizer does to a text before it cuts it, as data: the steps of tokenizer.json's normaliser.
import * as v from "valibot";
import { type AlignedText, copy, push, replace, toText } from "./aligned-text.ts";
import type { Charsmap } from "./charsmap.ts";

/** A step, as tokenizer.json has it. The table of `Precompiled` is kept beside the options, as bytes. */
export const normalizerStepSchema = v.variant("type", [
  v.object({ type: v.picklist(["NFD", "NFKD", "StripAccents", "Lowercase", "Precompiled"]) }),
  v.object({
    type: v.literal("Replace"),
    pattern: v.union([v.strictObject({ String: v.string() }), v.strictObject({ Regex: v.string() })]),
    content: v.string(),
  }),
]);

export type NormalizerStep = v.InferOutput<typeof normalizerStepSchema>;

type Step = (text: AlignedText) => AlignedText;

/** All steps as one function. @param charsmap the table of `Precompiled` steps */
export function compileSteps(steps: readonly NormalizerStep[], charsmap: Charsmap | undefined): Step {
  const compiled = steps.map((step) => compileStep(step, charsmap));
  return (text) => compiled.reduce((current, step) => step(current), text);
}

function compileStep(step: NormalizerStep, charsmap: Charsmap | undefined): Step {
  switch (step.type) {
    case "NFD":
    case "NFKD":
      return (text) => decompose(text, step.type as "NFD" | "NFKD");
    case "StripAccents":
      return stripAccents;
    case "Lowercase":
      return lowercase;
    case "Precompiled":
      return (text) => charsmap?.apply(text) ?? text;
    case "Replace":
      return replacing(step.pattern, codePoints(step.content));
  }
}

function lowercase(text: AlignedText): AlignedText {
  const whole = toText(text);
  if (whole.toLowerCase() === whole) return text;
  return mapCharacters(text, (char) => char.toLowerCase());
}

const HAS_MARK = /\p{M}/u;
const MARK = /^\p{M}$/u;

function stripAccents(text: AlignedText): AlignedText {
  if (!HAS_MARK.test(toText(text))) return text;
  const out = empty();
  for (let i = 0; i < text.chars.length; i++)
    if (text.chars[i]! < 0x300 || !MARK.test(String.fromCodePoint(text.chars[i]!))) copy(out, text, i, i + 1);
  return out;
}

/** Each character decomposed, and marks in canonical order. */
function decompose(text: AlignedText, form: "NFD" | "NFKD"): AlignedText {
  const whole = toText(text);
  if (whole.normalize(form) === whole) return text;
  const decomposed = mapCharacters(text, (char) => char.normalize(form));
  const ordered = codePoints(toText(decomposed).normalize(form));
  return ordered.every((cp, i) => cp === decomposed.chars[i]) ? decomposed : reorder(decomposed, ordered);
}

/** The characters of `text` in the order of `chars`, which are the same between every two starters. */
function reorder(text: AlignedText, chars: readonly number[]): AlignedText {
  const out = empty();
  const taken = new Uint8Array(chars.length);
  let from = 0;
  for (const cp of chars) {
    let i = from;
    while (taken[i] || text.chars[i] !== cp) i++;
    taken[i] = 1;
    copy(out, text, i, i + 1);
    while (taken[from]) from++;
  }
  return out;
}

function mapCharacters(text: AlignedText, map: (char: string) => string): AlignedText {
  const out = empty();
  for (let i = 0; i < text.chars.length; i++) {
    const char = String.fromCodePoint(text.chars[i]!);
    const mapped = map(char);
    if (mapped === char) copy(out, text, i, i + 1);
    else replace(out, text, i, i + 1, codePoints(mapped));
  }
  return out;
}

/** Every match replaced; the replacement comes from the match's last character. */
function replacing(pattern: { String: string } | { Regex: string }, content: readonly number[]): Step {
  const source = "String" in pattern ? pattern.String.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&") : pattern.Regex;
  const regex = new RegExp(source, "gu");
  return (text) => {
    const whole = toText(text);
    if (whole.search(regex) < 0) return text;
    const out = empty();
    let done = 0;
    let units = 0;
    for (const { 0: match, index } of whole.matchAll(regex)) {
      const first = done + countCharacters(whole, units, index);
      const last = first + countCharacters(whole, index, index + match.length);
      copy(out, text, done, first);
      if (last > first) for (const cp of content) push(out, cp, text.starts[last - 1]!, text.ends[last - 1]!);
      done = last;
      units = index + match.length;
    }
    copy(out, text, done, text.chars.length);
    return out;
  };
}

function countCharacters(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if ((text.charCodeAt(at) & 0xfc00) !== 0xdc00) count++;
  return count;
}

function codePoints(text: string): number[] {
  return Array.from(text, (char) => char.codePointAt(0)!);
}

function empty(): AlignedText {
  return { chars: [], starts: [], ends: [] };
}
