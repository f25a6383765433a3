// The variable MODELS: which models a deployment has, where each lies, and how much memory they may take together. Without it there is the
// bundled model alone.
import * as v from "valibot";
import { readSetting, sha256Schema } from "./settings.ts";

const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,96}$/, "expected letters, digits, ., - and _"));
const size = v.pipe(v.number(), v.integer(), v.minValue(1));

const shared = {
  /** Memory set aside for the model, weights and activations; its bytes and 16 MiB when left out. */
  memory_bytes: v.optional(size),
};
const stored = {
  ...shared,
  /** Keys or paths of the file's parts, in their order. */
  parts: v.pipe(v.array(v.string()), v.minLength(1)),
  /** Of the whole file. */
  bytes: size,
  sha256: sha256Schema,
};
const specSchema = v.variant("from", [
  v.strictObject({ from: v.literal("bundled"), ...shared }),
  v.strictObject({ from: v.literal("assets"), binding: v.optional(v.string(), "ASSETS"), ...stored }),
  v.strictObject({ from: v.literal("r2"), binding: v.string(), ...stored }),
  v.strictObject({ from: v.literal("kv"), binding: v.string(), ...stored }),
]);
/** Where a model lies. */
export type ModelSpec = v.InferOutput<typeof specSchema>;
/** A model that does not come with the script. */
export type StoredModel = Exclude<ModelSpec, { from: "bundled" }>;

// Of 128 MB that an isolate has, what JavaScript and requests leave.
const MEMORY_BYTES = 112 * 2 ** 20;

const modelsSchema = v.strictObject({
  /** The model of requests that choose none; the first when left out. */
  default: v.optional(name),
  /** Memory for all models together. */
  memory_bytes: v.optional(size, MEMORY_BYTES),
  models: v.record(name, specSchema),
});

// What a model's activations may take beside its weights, unless the settings say otherwise.
const ACTIVATION_BYTES = 16 * 2 ** 20;

/** A model and the memory that is set aside for it. */
export interface PlacedModel {
  readonly spec: ModelSpec;
  readonly memoryBytes: number;
}

export interface ModelSettings {
  readonly defaultName: string;
  /** For all models together. */
  readonly memoryBytes: number;
  readonly models: ReadonlyMap<string, PlacedModel>;
}

/** The model that comes with the script. */
export interface BundledModel {
  readonly name: string;
  readonly bytes: number;
}

/**
 * @param bundled the only model where MODELS is not set; it has all the memory then
 * @throws Error that says what is missing or wrong, and where
 */
export function readModelSettings(
  environment: Readonly<Record<string, unknown>>,
  bundled: BundledModel,
): ModelSettings {
  const settings = readSetting("MODELS", modelsSchema, environment);
  const specs = Object.entries<ModelSpec>(settings?.models ?? { [bundled.name]: { from: "bundled" } });
  const total = settings?.memory_bytes ?? MEMORY_BYTES;
  const models = new Map<string, PlacedModel>();
  for (const [name, spec] of specs) {
    const where = `MODELS.models.${name}`;
    if (spec.from !== "bundled" && !environment[spec.binding])
      throw new Error(`${where}: there is no binding ${spec.binding}`);
    const fileBytes = spec.from === "bundled" ? bundled.bytes : spec.bytes;
    const memoryBytes = spec.memory_bytes ?? (specs.length === 1 ? total : fileBytes + ACTIVATION_BYTES);
    if (memoryBytes > total) throw new Error(`${where}: ${memoryBytes} bytes are more than the ${total} of all models`);
    models.set(name, { spec, memoryBytes });
  }
  const defaultName = settings?.default ?? specs[0]?.[0];
  if (defaultName === undefined) throw new Error("MODELS.models: expected a model");
  if (!models.has(defaultName)) throw new Error(`MODELS.default: there is no model ${defaultName}`);
  return { defaultName, memoryBytes: total, models };
}
