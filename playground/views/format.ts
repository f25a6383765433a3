// Numbers as people read them, and hues for names.

/** 0.99712 → "0.997"; what is not 1 is never shown as 1. */
export function score(value: number): string {
  const text = value.toFixed(3);
  return text === "1.000" && value < 1 ? "0.999" : text;
}

/** A hue a name, far apart in the order in which they are asked for. */
export function hues(): (name: string) => number {
  const known = new Map<string, number>();
  return (name) => {
    const hue = known.get(name) ?? Math.round(165 + known.size * GOLDEN_ANGLE) % 360;
    known.set(name, hue);
    return hue;
  };
}

const GOLDEN_ANGLE = 137.5;
