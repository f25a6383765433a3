// JSON paths to a single value: the names and indices of RFC 9535, without its wildcards and filters.

/** The steps of a path. */
export type JsonPath = readonly (string | number)[];

/**
 * @throws Error for a text that is not such a path
 * @example
 * parsePath("$.issue.labels[0]['full name']"); // ["issue", "labels", 0, "full name"]
 */
export function parsePath(path: string): JsonPath {
  const steps: (string | number)[] = [];
  let position = path.startsWith("$") ? 1 : 0;
  if (position === 0) throw new Error(`${path}: a path begins with $`);
  while (position < path.length) {
    STEP.lastIndex = position;
    const match = STEP.exec(path);
    if (!match) throw new Error(`${path}: ${path.slice(position)} is neither .name, [0] nor ["name"]`);
    const [step, name, index, double, single] = match;
    steps.push(index === undefined ? (name ?? double ?? single)! : Number(index));
    position += step.length;
  }
  return steps;
}

const STEP = /\.([\p{L}_][\p{L}\p{N}_-]*)|\[(0|[1-9]\d{0,8})\]|\["([^"\\]*)"\]|\['([^'\\]*)'\]/uy;

/** The value at the path, or undefined if there is none. Inherited properties do not count. */
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
