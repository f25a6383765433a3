// What every schema in the project shares: objects that name their known keys when they meet another, and issues as one sentence.
import * as v from "valibot";

/**
 * An object with these keys and no others; an unknown key is an issue that lists the known ones.
 *
 * @example
 * v.parse(strictObject({ top_k: v.number() }), { topk: 1 }); // throws "unknown key; the known keys are top_k"
 */
export function strictObject<const Entries extends v.ObjectEntries>(entries: Entries) {
  const known = Object.keys(entries).join(", ") || "none";
  return v.strictObject(entries, (issue): string => {
    if (issue.expected === "never") return `unknown key; the known keys are ${known}`;
    return issue.path && issue.received === "undefined" ? "required" : `expected an object, not ${issue.received}`;
  });
}

/** A schema with a name of its own in /openapi.json. */
export function named<const Schema extends v.GenericSchema>(name: string, schema: Schema) {
  return v.pipe(schema, v.title(name));
}

/** "parameters.top_k: expected a number"; without the path where the value itself is wrong. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path ? `${path}: ${issue.message}` : issue.message;
}

/**
 * An object whose keys are the caller's own, as a Map. `v.record` drops the keys `__proto__`, `prototype` and `constructor`.
 *
 * @example
 * v.parse(mapOf(v.string(), v.number()), { constructor: 1 }); // Map { "constructor" => 1 }
 */
export function mapOf<Key extends string, Value>(
  key: v.GenericSchema<unknown, Key>,
  value: v.GenericSchema<unknown, Value>,
) {
  return v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(isPlainObject, "expected an object"),
    v.rawTransform(({ dataset, addIssue, NEVER }): ReadonlyMap<Key, Value> => {
      const map = new Map<Key, Value>();
      let failed = false;
      for (const [name, held] of Object.entries(dataset.value)) {
        const [parsedKey, parsed] = [v.safeParse(key, name), v.safeParse(value, held)];
        if (parsedKey.success && parsed.success) {
          map.set(parsedKey.output, parsed.output);
          continue;
        }
        failed = true;
        for (const { message, path = [] } of [...(parsedKey.issues ?? []), ...(parsed.issues ?? [])]) {
          const item = { type: "object", origin: "value", input: dataset.value, key: name, value: held } as const;
          addIssue({ message, path: [item, ...path] as [v.ObjectPathItem, ...v.ObjectPathItem[]] });
        }
      }
      return failed ? NEVER : map;
    }),
  );
}

function isPlainObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
