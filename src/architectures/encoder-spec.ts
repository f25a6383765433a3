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
  /** Name of the table [rows, E], without `.weight`. */
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
  /** What stands in place of n in the names of layer n, where that is not its number: layers of the same name share their tensors. */
  paths: v.optional(v.array(v.string())),
  /** How many layers there are to a hidden state that the reference returns; one when left out. */
  perState: v.optional(sizeSchema),
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
  /** Of decoders with cross-attention: the prefix of its parts' names, which are otherwise those of the self-attention's parts. */
  cross: v.optional(v.string()),
});

/** What is added to the scores of a query and a key by how far they are apart. */
const positionBiasSchema = v.variant("kind", [
  /** A number per head and bucket of distances (Raffel et al. 2020): the table [buckets, A]. */
  v.strictObject({ kind: v.literal("buckets"), table: v.string(), buckets: sizeSchema, farthest: sizeSchema }),
  /**
   * The product of the query, or of the query and of the key, with a vector per distance (Shaw et al. 2018; Huang et al. 2020): in each layer the
   * table `part` [2·positions − 1, D].
   */
  v.strictObject({
    kind: v.picklist(["relative_key", "relative_key_query"]),
    part: v.string(),
    positions: sizeSchema,
  }),
]);
export type PositionBias = v.InferOutput<typeof positionBiasSchema>;

export const encoderSpecSchema = v.strictObject({
  /** H. */
  hiddenSize: sizeSchema,
  /** E, the width of the embeddings, where that is not H; `projection` leads to H then. */
  embeddingSize: v.optional(sizeSchema),
  /** Name of the dense layer [H, E] behind the embeddings' LayerNorm. */
  projection: v.optional(v.string()),
  positionBias: v.optional(positionBiasSchema),
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

/** x·W + b with W [N][K]. */
export interface DenseSpec {
  readonly name: string;
  readonly N: number;
  readonly K: number;
}

/** The dense layers of an attention, and its LayerNorm, by their full names. */
export type Attention = Readonly<Record<"query" | "key" | "value" | "output", DenseSpec> & { attentionNorm: string }>;

/** The attention of layer `index` over its own row, and its other dense layers and LayerNorm. */
export type Layer = Attention & Readonly<Record<"up" | "down", DenseSpec> & { outputNorm: string }>;

export function layerAt(spec: EncoderSpec, index: number): Layer {
  const { hiddenSize: H, layers } = spec;
  const { innerSize: F, parts } = layers;
  const at = (part: string) => layerName(spec, index, part);
  return {
    ...attentionAt(spec, index),
    up: { name: at(parts.up), N: F, K: H },
    down: { name: at(parts.down), N: H, K: F },
    outputNorm: at(parts.outputNorm),
  };
}

/** @param prefix what stands before the names of its parts */
function attentionAt(spec: EncoderSpec, index: number, prefix = ""): Attention {
  const { hiddenSize: H, layers } = spec;
  const { heads: A, headSize: D, parts } = layers;
  const at = (part: string) => layerName(spec, index, prefix + part);
  return {
    query: { name: at(parts.query), N: A * D, K: H },
    key: { name: at(parts.key), N: A * D, K: H },
    value: { name: at(parts.value), N: A * D, K: H },
    output: { name: at(parts.output), N: H, K: A * D },
    attentionNorm: at(parts.attentionNorm),
  };
}

/** The cross-attention of layer `index`; undefined for a model without. */
export function crossAttentionAt(spec: EncoderSpec, index: number): Attention | undefined {
  const { cross } = spec.layers;
  return cross === undefined ? undefined : attentionAt(spec, index, cross);
}

/** The self-attention of layer `index`, and its cross-attention if it has one. */
export function attentionsAt(spec: EncoderSpec, index: number): Attention[] {
  const cross = crossAttentionAt(spec, index);
  return cross ? [attentionAt(spec, index), cross] : [attentionAt(spec, index)];
}

/** The name of a part of layer `index`. */
function layerName({ layers }: Pick<EncoderSpec, "layers">, index: number, part: string): string {
  return `${layers.prefix}.${layers.paths?.[index] ?? index}.${part}`;
}

/** How many hidden states the layers make, as the reference counts them. */
export function stateCount({ layers }: EncoderSpec): number {
  return layers.count / (layers.perState ?? 1);
}

/** E: the width of the embeddings. */
export function embeddingWidthOf({ embeddingSize, hiddenSize }: EncoderSpec): number {
  return embeddingSize ?? hiddenSize;
}

/** The dense layer behind the embeddings, if there is one. */
export function projectionOf(spec: EncoderSpec): DenseSpec | undefined {
  const { projection, hiddenSize: H } = spec;
  return projection === undefined ? undefined : { name: projection, N: H, K: embeddingWidthOf(spec) };
}

/** The table of positions' biases that layer `index` uses, with its shape. */
export function biasTable(spec: EncoderSpec, index: number): { name: string; shape: [number, number] } | undefined {
  const { positionBias: bias, layers } = spec;
  if (!bias) return undefined;
  if (bias.kind === "buckets") return { name: `${bias.table}.weight`, shape: [bias.buckets, layers.heads] };
  return { name: `${layerName(spec, index, bias.part)}.weight`, shape: [2 * bias.positions - 1, layers.headSize] };
}

/** Name of the packed file's one matrix of query, key and value: beside them. */
export function qkvName({ query }: Attention): string {
  return `${query.name.slice(0, query.name.lastIndexOf(".") + 1)}qkv`;
}

/** Every layer in order; those that share their tensors are equal. */
export function layersOf(spec: EncoderSpec): Layer[] {
  return Array.from({ length: spec.layers.count }, (_, index) => layerAt(spec, index));
}

/** The most that an index may be: ids, token types and positions beyond the tables are refused. */
export function tableLimit({ embeddings, positionBias: bias }: EncoderSpec, index: TokenIndex): number {
  if (index === "positions" && bias?.kind !== "buckets" && bias) return bias.positions;
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
  const E = embeddingWidthOf(spec);
  const addNorm = (name: string, width = H) => shapes.set(`${name}.weight`, [width]).set(`${name}.bias`, [width]);
  for (const { table, rows } of embeddings) shapes.set(`${table}.weight`, [rows, E]);
  addNorm(norm, E);
  const projection = projectionOf(spec);
  if (projection) addDense(projection);
  for (let index = 0; index < spec.layers.count; index++) {
    const bias = biasTable(spec, index);
    if (bias) shapes.set(bias.name, bias.shape);
  }
  for (const [index, layer] of layersOf(spec).entries()) {
    for (const { query, key, value, output, attentionNorm } of attentionsAt(spec, index)) {
      for (const dense of [query, key, value, output]) addDense(dense);
      addNorm(attentionNorm);
    }
    addDense(layer.up);
    addDense(layer.down);
    addNorm(layer.outputNorm);
  }
  for (const { steps } of outputs) for (const [name, shape] of stepShapes(steps, H)) shapes.set(name, shape);
  return shapes;
}
