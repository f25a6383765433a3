// Schemas of /openapi.json by name, so that the types of generated clients have names, too. A schema has a name if it has a title, or if it
// is the whole body or answer of an operation.
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";

type Json = Readonly<Record<string, unknown>>;

export class Components {
  readonly #schemas = new Map<string, Json>();
  readonly #references = new Map<v.GenericSchema, Json>();

  /** All schemas that were named so far. */
  get schemas(): Record<string, Json> {
    return Object.fromEntries([...this.#schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The JSON Schema of what a schema accepts; parts that have a title are references. */
  describe(schema: v.GenericSchema): Json {
    return this.#hoist(toJson(schema)) as Json;
  }

  /** A reference to the schema, under this name unless it has one; the schema itself if it is a mere text or number. */
  name(name: string, schema: v.GenericSchema): Json {
    const known = this.#references.get(schema);
    if (known) return known;
    const described = this.describe(schema);
    const reference = "$ref" in described || !isComposite(described) ? described : this.#add(name, described);
    this.#references.set(schema, reference);
    return reference;
  }

  /** @throws Error for a name that another schema has */
  #add(name: string, schema: Json): Json {
    const known = this.#schemas.get(name);
    if (known && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`two schemas are called ${name}`);
    this.#schemas.set(name, schema);
    return { $ref: `#/components/schemas/${name}` };
  }

  /** Replaces what has a title by a reference, from the inside out. */
  #hoist(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#hoist(item));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, held]) => [key, this.#hoist(held)]);
    const { title, ...schema } = Object.fromEntries(entries) as Json;
    if (typeof title !== "string") return Object.fromEntries(entries);
    return this.#add(title, schema);
  }
}

function isComposite(schema: Json): boolean {
  return schema.type === "object" || schema.type === "array" || "anyOf" in schema;
}

/** What JSON Schema cannot express, such as a check by a function, is left out. */
function toJson(schema: v.GenericSchema): Json {
  const { $schema: _, ...rest } = toJsonSchema(schema, {
    target: "draft-2020-12",
    typeMode: "input",
    errorMode: "ignore",
  });
  return boundTuples(rest) as Json;
}

/** Tuples with their length. One whose items are alike is a list of that length, which more clients understand. */
function boundTuples(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(boundTuples);
  if (typeof value !== "object" || value === null) return value;
  const bounded = Object.fromEntries(Object.entries(value).map(([key, held]) => [key, boundTuples(held)])) as Json;
  if (!Array.isArray(bounded.prefixItems)) return bounded;
  const { prefixItems, ...list } = bounded as { readonly prefixItems: readonly unknown[] };
  const length = { minItems: prefixItems.length, maxItems: prefixItems.length };
  const areAlike = new Set(prefixItems.map((item) => JSON.stringify(item))).size === 1;
  return areAlike ? { ...list, items: prefixItems[0], ...length } : { ...bounded, items: false, ...length };
}
