// tokenizer.json's step `Strip` as replacements, which scanners know: a Worker carries no step that these can stand for.
import type { NormalizerStep } from "../unigram/normalizer-steps.ts";

/** The look-behind leaves one place for a match to begin in white space, however much of it there is. */
export const STRIP_RIGHT = removing("(?<!\\p{White_Space})\\p{White_Space}+$");
const STRIP_LEFT = removing("^\\p{White_Space}+");

/** The steps that stand for a `Strip`. */
export function stripSteps({
  strip_left,
  strip_right,
}: {
  strip_left: boolean;
  strip_right: boolean;
}): NormalizerStep[] {
  return [...(strip_left ? [STRIP_LEFT] : []), ...(strip_right ? [STRIP_RIGHT] : [])];
}

/** A step as tokenizer.json has it: other readers know `$` as the end of a line. */
export function writtenStrip(step: NormalizerStep): object {
  if (isSame(step, STRIP_LEFT)) return { type: "Strip", strip_left: true, strip_right: false };
  if (isSame(step, STRIP_RIGHT)) return { type: "Strip", strip_left: false, strip_right: true };
  return step;
}

function isSame(step: NormalizerStep, strip: NormalizerStep): boolean {
  return JSON.stringify(step) === JSON.stringify(strip);
}

function removing(Regex: string): NormalizerStep {
  return { type: "Replace", pattern: { Regex }, content: "" };
}
