// How numbers, colours and directions are derived from what is shown.

/** 0.99712 → "0.997". A value that is not quite 0 or 1 is not rounded to it. */
export function formatScore(value: number): string {
  if (value > 0 && value < 0.0005) return "<0.001";
  return value < 1 && value >= 0.9995 ? ">0.999" : value.toFixed(3);
}

/** The hue of a number: those of neighbours are far apart. */
export function hueOf(index: number): number {
  return Math.round(165 + index * GOLDEN_ANGLE) % 360;
}

const GOLDEN_ANGLE = 137.5;

/** The direction of a text by its first letter, as `dir="auto"` finds it: for elements whose content is more than the text. */
export function directionOf(text: string): "ltr" | "rtl" {
  return RTL.test(/\p{L}/u.exec(text)?.[0] ?? "") ? "rtl" : "ltr";
}

// Scripts written from right to left, and their presentation forms.
const RTL = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
