// Maps whose keys come from a file or a caller: token names, tensor names. A plain object is the wrong place for them, because
// "__proto__", "constructor" and "prototype" mean something else there, and valibot's record() drops them.
import * as v from "valibot";

/** The schema of a JSON object as a Map of its own keys, whatever they are called. */
export function mapOf<const S extends v.GenericSchema>(value: S) {
  return v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(isPlainObject, "expected an object"),
    v.rawTransform(({ dataset, addIssue, NEVER }): Map<string, v.InferOutput<S>> => {
      const map = new Map<string, v.InferOutput<S>>();
      for (const [key, input] of Object.entries(dataset.value)) {
        const result = v.safeParse(value, input);
        if (!result.success) {
          const [issue] = result.issues;
          addIssue({ message: `${JSON.stringify(key.slice(0, 100))}: ${issue.message}` });
          return NEVER;
        }
        map.set(key, result.output);
      }
      return map;
    }),
  );
}

function isPlainObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
