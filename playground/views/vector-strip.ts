// A vector as a strip of colours, one column per dimension: one hue for positive values, another for negative ones.
import { el } from "../dom.ts";

const POSITIVE = [31, 140, 108] as const;
const NEGATIVE = [196, 128, 20] as const;

export function vectorStrip(vector: readonly number[]): HTMLElement {
  const canvas = el("canvas", { class: "strip", width: vector.length, height: 1, "aria-hidden": "true" });
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(vector.length, 1);
  const largest = Math.max(...vector.map(Math.abs)) || 1;
  for (const [index, value] of vector.entries()) {
    image.data.set([...(value < 0 ? NEGATIVE : POSITIVE), Math.round((255 * Math.abs(value)) / largest)], 4 * index);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
