// Damaged JSON that is still JSON: values replaced, keys added and left out, at any depth. One file in three is damaged as bytes.
import { damage, type Random } from "./damage.ts";
import { changed } from "./requests/bodies.ts";

export function damageText(file: Uint8Array, random: Random): Uint8Array {
  if (random(3) === 0) return damage(file, random);
  let value: unknown = JSON.parse(new TextDecoder().decode(file));
  for (let count = 1 + random(3); count > 0; count--) value = changed(value, random);
  return new TextEncoder().encode(JSON.stringify(value));
}
