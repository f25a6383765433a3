// The encoder as data. It travels in the packed file; the tensors that are checked, packing, running, layer ranges and the ONNX export
// are derived from it. Post-layer-norm, as in Devlin et al. 2018.
//
// Letters: H hidden size, A attention heads, D head size, F feed-forward size.
import * as v from "valibot";
import { ACTIVATIONS } from "./activations.ts";
import { outputSchema, sizeSchema, stepShapes } from "./head-spec.ts";

/** Names of tensors are listed per layer before one of them is read, so a damaged number must not make millions. */
export const MAX_LAYERS = 1024;

const tableSchema = v.strictObject({
  /** Name of the table [rows, H], without `.weight`. */
  table: v.string(),
  /** Which number of a token chooses its row. */
  index: v.picklist(["ids", "positions", "types"]),
  rows: sizeSchema,
  /** Added to the index: tables of positions do not begin at 0 everywhere. */
  offset: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1024)), 0),
});

const layersSchema = v.strictObject({
  count: v.pipe(sizeSchema, v.maxValue(MAX_LAYERS)),
  /** Layer n's tensors are named `<prefix>.<n>.<part>.weight` and `.bias`. */
  prefix: v.string(),
  /** A. */
  heads: sizeSchema,
  /** D. */
  headSize: sizeSchema,
  /** F. */
  innerSize: sizeSchema,
  activation: v.picklist(ACTIVATIONS),
  /** The parts of a layer by their names: dense layers [A·D, H], [H, A·D], [F, H], [H, F] and two LayerNorms [H]. */
  parts: v.strictObject({
    query: v.string(),
    key: v.string(),
    value: v.string(),
    output: v.string(),
    attentionNorm: v.string(),
    up: v.string(),
    down: v.string(),
    outputNorm: v.string(),
  }),
});

export const encoderSpecSchema = v.strictObject({
  /** H. */
  hiddenSize: sizeSchema,
  /** Of every LayerNorm. */
  epsilon: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  /** Their rows are added up, then normalised. The first is the table of word pieces. */
  embeddings: v.pipe(v.array(tableSchema), v.minLength(1)),
  /** Name of the embeddings' LayerNorm. */
  norm: v.string(),
  layers: layersSchema,
  /** Whether a token attends only to those before it and to itself. */
  causal: v.boolean(),
  /** Outputs of the bare model beside its hidden states, for example the pooler's. */
  outputs: v.array(outputSchema),
});

export type EncoderSpec = v.InferOutput<typeof encoderSpecSchema>;
export type EmbeddingTable = EncoderSpec["embeddings"][number];
export type TokenIndex = EmbeddingTable["index"];
type LayerParts = EncoderSpec["layers"]["parts"];

/** x·W + b with W [N][K]. */
export interface DenseSpec {
  readonly name: string;
  readonly N: number;
  readonly K: number;
}

type DensePart = "query" | "key" | "value" | "output" | "up" | "down";

/** The dense layers and LayerNorms of layer `index` by their full names. */
export type Layer = Readonly<Record<DensePart, DenseSpec> & Record<Exclude<keyof LayerParts, DensePart>, string>>;

export function layerAt({ hiddenSize: H, layers }: EncoderSpec, index: number): Layer {
  const { prefix, heads: A, headSize: D, innerSize: F, parts } = layers;
  const at = (part: keyof LayerParts) => `${prefix}.${index}.${parts[part]}`;
  return {
    query: { name: at("query"), N: A * D, K: H },
    key: { name: at("key"), N: A * D, K: H },
    value: { name: at("value"), N: A * D, K: H },
    output: { name: at("output"), N: H, K: A * D },
    attentionNorm: at("attentionNorm"),
    up: { name: at("up"), N: F, K: H },
    down: { name: at("down"), N: H, K: F },
    outputNorm: at("outputNorm"),
  };
}

/** Name of the packed file's one matrix of query, key and value: beside them. */
export function qkvName({ query }: Layer): string {
  return `${query.name.slice(0, query.name.lastIndexOf(".") + 1)}qkv`;
}

/** Every layer in order. */
export function layersOf(spec: EncoderSpec): Layer[] {
  return Array.from({ length: spec.layers.count }, (_, index) => layerAt(spec, index));
}

/** The most that an index may be: ids, token types and positions beyond the tables are refused. */
export function tableLimit({ embeddings }: EncoderSpec, index: TokenIndex): number {
  const limits = embeddings.filter((table) => table.index === index).map(({ rows, offset }) => rows - offset);
  return Math.min(...limits);
}

/** Whether a token has a type (a segment); without, `token_type_ids` is no input of the model. */
export function hasTokenTypes({ embeddings }: EncoderSpec): boolean {
  return embeddings.some(({ index }) => index === "types");
}

/** The encoder's tensors with their shapes [outputs, inputs], in the order of their use. */
export function encoderShapes(spec: EncoderSpec): Map<string, readonly number[]> {
  const { hiddenSize: H, embeddings, norm, outputs } = spec;
  const shapes = new Map<string, readonly number[]>();
  const addDense = ({ name, N, K }: DenseSpec) => shapes.set(`${name}.weight`, [N, K]).set(`${name}.bias`, [N]);
  const addNorm = (name: string) => shapes.set(`${name}.weight`, [H]).set(`${name}.bias`, [H]);
  for (const { table, rows } of embeddings) shapes.set(`${table}.weight`, [rows, H]);
  addNorm(norm);
  for (const { query, key, value, output, attentionNorm, up, down, outputNorm } of layersOf(spec)) {
    for (const dense of [query, key, value, output]) addDense(dense);
    addNorm(attentionNorm);
    addDense(up);
    addDense(down);
    addNorm(outputNorm);
  }
  for (const { steps } of outputs) for (const [name, shape] of stepShapes(steps, H)) shapes.set(name, shape);
  return shapes;
}
