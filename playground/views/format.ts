// Numbers as people read them, and hues for names.

/** 0.99712 → "0.997"; what is not quite 0 or 1 is not shown as if it were. */
export function score(value: number): string {
  if (value > 0 && value < 0.0005) return "<0.001";
  return value < 1 && value >= 0.9995 ? ">0.999" : value.toFixed(3);
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
