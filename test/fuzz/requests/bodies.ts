// Bodies from a JSON schema of the OpenAPI document: right ones, nearly right ones, and JSON that has nothing to do with it.
import type { Random } from "../damage.ts";

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | false;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

export type Components = Readonly<Record<string, Schema>>;

const TEXTS = [
  "what a delight",
  "play some jazz in the kitchen",
  "Marie Curie left Warsaw in 1891.",
  "He went to the [MASK].",
  "The [MASK] is [MASK].",
  "",
  " ",
  "\u0000",
  "\ud800",
  "\u{f2be8}",
  "مرحبا بالعالم",
  "你好，世界",
  "e\u0301\u200d👩‍👩‍👧",
  "[CLS][SEP][PAD][UNK]",
  "a".repeat(300),
  "word ".repeat(700),
  "ß".repeat(5000),
  "__proto__",
  "constructor",
  "sentiment",
  "intent",
  "minilm-l6-heads",
  "text-classification",
];
const NUMBERS = [0, 1, 2, 3, 5, 7, 100, 101, 512, -1, 0.5, 1.5, 1e9, -1e9, 2 ** 31, 2 ** 53, 1e308, -0, 30521, 30522];
const KEYS = ["inputs", "parameters", "top_k", "head", "surprise", "__proto__", "constructor", "0", ""];

const one = <T>(items: readonly T[], random: Random): T => items[random(items.length)]!;

/** A body for the schema; one in two is changed in a place or two, and one in ten is any JSON. */
export function bodyFor(schema: Schema, components: Components, random: Random): unknown {
  if (random(10) === 0) return anyJson(random, 3);
  const body = valueFor(schema, components, random, 0);
  return random(2) === 0 ? body : changed(body, random);
}

/** A value that the schema allows, as far as it says so. */
export function valueFor(schema: Schema, components: Components, random: Random, depth: number): unknown {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice("#/components/schemas/".length);
    return valueFor(components[name]!, components, random, depth);
  }
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return one(schema.enum, random);
  if (schema.anyOf) return valueFor(one(schema.anyOf, random), components, random, depth);
  switch (schema.type) {
    case "string":
      return one(TEXTS, random);
    case "integer":
      return Math.trunc(within(schema, random));
    case "number":
      return within(schema, random);
    case "boolean":
      return random(2) === 0;
    case "null":
      return null;
    case "array":
      return listFor(schema, components, random, depth);
    case "object":
      return objectFor(schema, components, random, depth);
    default:
      return anyJson(random, 2);
  }
}

function within({ minimum = 0, maximum = 200 }: Schema, random: Random): number {
  const edge = one([minimum, maximum, minimum + 1, one(NUMBERS, random)], random);
  return Math.min(Math.max(edge, minimum), maximum);
}

function listFor(schema: Schema, components: Components, random: Random, depth: number): unknown[] {
  if (schema.prefixItems) return schema.prefixItems.map((item) => valueFor(item, components, random, depth + 1));
  const { items, minItems = 0, maxItems = 1000 } = schema;
  // One list in fifty is long.
  const wanted = random(50) === 0 ? 40 + random(200) : random(4);
  const length = Math.min(Math.max(wanted, minItems), maxItems);
  return Array.from({ length }, () => (items ? valueFor(items, components, random, depth + 1) : anyJson(random, 2)));
}

function objectFor({ properties = {}, required = [] }: Schema, components: Components, random: Random, depth: number) {
  const entries = Object.entries(properties).filter(([key]) => required.includes(key) || random(3) === 0);
  return Object.fromEntries(entries.map(([key, field]) => [key, valueFor(field, components, random, depth + 1)]));
}

/** The same body with a value replaced, a key added or a key left out, somewhere. */
export function changed(value: unknown, random: Random): unknown {
  if (typeof value !== "object" || value === null || random(4) === 0) return anyJson(random, 2);
  if (Array.isArray(value)) {
    const at = random(value.length + 1);
    return value.toSpliced(at, random(2), changed(value[at], random));
  }
  const entries = Object.entries(value);
  const at = random(entries.length);
  switch (random(3)) {
    case 0:
      return Object.fromEntries(entries.toSpliced(at, 1));
    case 1:
      return Object.fromEntries([...entries, [one(KEYS, random), anyJson(random, 1)]]);
    default:
      return Object.fromEntries(
        entries.map(([key, field], index) => [key, index === at ? changed(field, random) : field]),
      );
  }
}

/** Any JSON, at most so deep. */
export function anyJson(random: Random, depth: number): unknown {
  switch (random(depth > 0 ? 7 : 5)) {
    case 0:
      return null;
    case 1:
      return random(2) === 0;
    case 2:
      return one(NUMBERS, random);
    case 3:
    case 4:
      return one(TEXTS, random);
    case 5:
      return Array.from({ length: random(5) }, () => anyJson(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random(4) }, () => [one(KEYS, random), anyJson(random, depth - 1)]),
      );
  }
}
