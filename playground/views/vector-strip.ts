// A vector as a strip of colours, a column a dimension: one hue for what is above zero, another for what is below.
import { el } from "../dom.ts";

const ABOVE = [31, 140, 108] as const;
const BELOW = [196, 128, 20] as const;

export function vectorStrip(vector: readonly number[]): HTMLElement {
  const canvas = el("canvas", { class: "strip", width: vector.length, height: 1, "aria-hidden": "true" });
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(vector.length, 1);
  const most = Math.max(...vector.map(Math.abs)) || 1;
  for (const [index, value] of vector.entries()) {
    image.data.set([...(value < 0 ? BELOW : ABOVE), Math.round((255 * Math.abs(value)) / most)], 4 * index);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
