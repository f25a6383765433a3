// Some layers of a packed model as a model of its own: a model too large for one isolate is split, and hidden states pass from one part
// to the next.
import { BertConfig } from "../architectures/config.ts";
import type { HeadStep } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import type { PackedHeader, PackedPart } from "./packed.ts";

/** From the first to before the second, counted from 0. */
export type LayerRange = readonly [from: number, to: number];

/**
 * The embeddings belong to the first layer; the pooler, the heads and the sentence embedding to the last one. A table that a head
 * multiplies with belongs to the last layer, too.
 * @throws BertletError `invalid_input` for a range that the model does not have
 */
export function selectLayers(header: PackedHeader, [from, to]: LayerRange): PackedPart {
  const { config, encoder } = header;
  const all = encoder.layers.count;
  if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from < to && to <= all)) {
    throw new BertletError("invalid_input", `layers [${from}, ${to}) are not within the model's [0, ${all})`);
  }
  if (encoder.layers.paths) throw new BertletError("unsupported", "layers that share their tensors cannot be split");
  const last = to === all;
  const heads = last ? header.heads : [];
  const count = to - from;
  const tied = new Set(heads.flatMap(({ outputs }) => outputs.flatMap(({ steps }) => steps.flatMap(weights))));
  const isEmbedding = (matrix: string) =>
    matrix === encoder.norm ||
    matrix === encoder.projection ||
    encoder.embeddings.some(({ table }) => table === matrix);
  return {
    config: BertConfig.fromJSON({ ...JSON.parse(JSON.stringify(config)), num_hidden_layers: count }),
    encoder: { ...encoder, layers: { ...encoder.layers, count }, outputs: last ? encoder.outputs : [] },
    heads,
    embedding: last ? header.embedding : undefined,
    rename: (name) => {
      const { prefix } = encoder.layers;
      const inLayer = splitName(name, prefix);
      if (inLayer) {
        const { layer, rest } = inLayer;
        return from <= layer && layer < to ? `${prefix}.${layer - from}.${rest}` : undefined;
      }
      const matrix = name.slice(0, name.lastIndexOf("."));
      if (encoder.positionBias?.kind === "buckets" && matrix === encoder.positionBias.table) return name;
      if (!isEmbedding(matrix)) return last ? name : undefined;
      return from === 0 || tied.has(matrix) ? name : undefined;
    },
  };
}

function weights(step: HeadStep): string[] {
  return step.op === "dense" ? [step.weight] : [];
}

/** The layer that a tensor belongs to, and its name in it. */
function splitName(tensor: string, prefix: string): { layer: number; rest: string } | undefined {
  if (!tensor.startsWith(`${prefix}.`)) return undefined;
  const [, index, rest] = /^(\d+)\.(.*)$/.exec(tensor.slice(prefix.length + 1)) ?? [];
  return index === undefined ? undefined : { layer: Number(index), rest: rest! };
}
