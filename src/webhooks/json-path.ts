// JSON paths that lead to one value: a small part of RFC 9535, names and indices, without anything that searches.

/** The steps of a path. */
export type JsonPath = readonly (string | number)[];

/**
 * @throws Error for what is no such path
 * @example
 * parsePath("$.issue.labels[0]['full name']"); // ["issue", "labels", 0, "full name"]
 */
export function parsePath(path: string): JsonPath {
  const steps: (string | number)[] = [];
  let place = path.startsWith("$") ? 1 : 0;
  if (place === 0) throw new Error(`${path}: a path begins with $`);
  while (place < path.length) {
    STEP.lastIndex = place;
    const match = STEP.exec(path);
    if (!match) throw new Error(`${path}: ${path.slice(place)} is neither .name, [0] nor ["name"]`);
    const [step, name, index, double, single] = match;
    steps.push(index === undefined ? (name ?? double ?? single)! : Number(index));
    place += step.length;
  }
  return steps;
}

const STEP = /\.([\p{L}_][\p{L}\p{N}_-]*)|\[(0|[1-9]\d{0,8})\]|\["([^"\\]*)"\]|\['([^'\\]*)'\]/uy;

/** The value at the path, or undefined where there is none. Sees nothing but what the JSON holds. */
export function valueAt(value: unknown, path: JsonPath): unknown {
  let found = value;
  for (const step of path) {
    const fits = typeof step === "number" ? Array.isArray(found) : isObject(found) && !Array.isArray(found);
    if (!fits || !Object.hasOwn(found as object, step)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
