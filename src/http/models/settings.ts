// The variable MODELS: which models a deployment has, where each is stored, and how much memory they may take together. Without it there is
// only the bundled model.
import * as v from "valibot";
import { readSetting, sha256Schema } from "../../runtime/settings.ts";
import { mapOf, strictObject } from "../../schemas.ts";

const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,96}$/, "expected letters, digits, ., - and _"));
const size = v.pipe(v.number(), v.integer(), v.minValue(1));

const shared = {
  /** Memory reserved for the model, weights and activations; the file's size and 16 MiB when omitted. */
  memory_bytes: v.optional(size),
};
const stored = {
  ...shared,
  /** Keys or paths of the file's parts, in order. */
  parts: v.pipe(v.array(v.string()), v.minLength(1)),
  /** Of the whole file. */
  bytes: size,
  sha256: sha256Schema,
};
const specSchema = v.variant("from", [
  strictObject({ from: v.literal("bundled"), ...shared }),
  strictObject({ from: v.literal("assets"), binding: v.optional(v.string(), "ASSETS"), ...stored }),
  strictObject({ from: v.literal("r2"), binding: v.string(), ...stored }),
  strictObject({ from: v.literal("kv"), binding: v.string(), ...stored }),
]);
/** Where a model is stored. */
export type ModelSpec = v.InferOutput<typeof specSchema>;
/** A model that does not come with the script. */
export type StoredModel = Exclude<ModelSpec, { from: "bundled" }>;

// Of an isolate's 128 MB, what JavaScript and requests leave.
const MEMORY_BYTES = 112 * 2 ** 20;

const modelsSchema = strictObject({
  /** The model of requests that choose none; the first when omitted. */
  default: v.optional(name),
  /** Memory of all models together. */
  memory_bytes: v.optional(size, MEMORY_BYTES),
  models: mapOf(name, specSchema),
});

// Memory for a model's activations, unless the settings give its memory.
const ACTIVATION_BYTES = 16 * 2 ** 20;

/** A model, what identifies its answers, and the memory reserved for it. */
export interface PlacedModel {
  readonly spec: ModelSpec;
  readonly id: string;
  readonly memoryBytes: number;
}

export interface ModelSettings {
  readonly defaultName: string;
  /** Memory of all models together. */
  readonly memoryBytes: number;
  readonly models: ReadonlyMap<string, PlacedModel>;
}

/** The model that comes with the script. */
export interface BundledModel {
  readonly name: string;
  readonly bytes: number;
  readonly digest: string;
}

/**
 * @param bundled the only model if MODELS is not set; all memory is its own then
 * @throws Error that names what is missing or wrong, and where
 */
export function readModelSettings(
  environment: Readonly<Record<string, unknown>>,
  bundled: BundledModel,
): ModelSettings {
  const settings = readSetting("MODELS", modelsSchema, environment);
  const specs: readonly (readonly [string, ModelSpec])[] = settings
    ? [...settings.models]
    : [[bundled.name, { from: "bundled" }]];
  const total = settings?.memory_bytes ?? MEMORY_BYTES;
  const models = new Map<string, PlacedModel>();
  for (const [name, spec] of specs) {
    const where = `MODELS.models.${name}`;
    if (spec.from !== "bundled" && !environment[spec.binding])
      throw new Error(`${where}: there is no binding ${spec.binding}`);
    const fileBytes = spec.from === "bundled" ? bundled.bytes : spec.bytes;
    const memoryBytes = spec.memory_bytes ?? (specs.length === 1 ? total : fileBytes + ACTIVATION_BYTES);
    if (memoryBytes > total) throw new Error(`${where}: ${memoryBytes} bytes exceed the ${total} of all models`);
    models.set(name, { spec, id: spec.from === "bundled" ? bundled.digest : spec.sha256, memoryBytes });
  }
  const defaultName = settings?.default ?? specs[0]?.[0];
  if (defaultName === undefined) throw new Error("MODELS.models: expected a model");
  if (!models.has(defaultName)) throw new Error(`MODELS.default: there is no model ${defaultName}`);
  return { defaultName, memoryBytes: total, models };
}
