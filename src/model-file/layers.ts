// Some layers of a packed model as a model of their own: what of the file it takes, and under which names. A model too large for one
// isolate is split so; hidden states are what passes from one part to the next.
import { BertConfig } from "../architectures/config.ts";
import { isTied } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import type { PackedHeader, PackedPart } from "./packed.ts";

/** From the first to before the second, counted from 0. */
export type LayerRange = readonly [from: number, to: number];

/**
 * The embeddings belong to the first layer, pooler and heads to the last one. A head that is tied to the word embeddings takes them along.
 * @throws BertletError `invalid_input` for a range that the model does not have
 */
export function layersOf({ config, heads }: PackedHeader, [from, to]: LayerRange): PackedPart {
  const all = config.num_hidden_layers;
  if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from < to && to <= all)) {
    throw new BertletError("invalid_input", `layers [${from}, ${to}) are none of the model's [0, ${all})`);
  }
  const own = to === all ? heads : [];
  const tied = own.some(({ outputs }) =>
    outputs.some(({ steps }) => steps.some((step) => step.op === "dense" && isTied(step))),
  );
  return {
    config: BertConfig.fromJSON({ ...JSON.parse(JSON.stringify(config)), num_hidden_layers: to - from }),
    heads: own,
    rename: (name) => {
      const [, index, rest] = /^encoder\.layer\.(\d+)(\..*)$/.exec(name) ?? [];
      if (index !== undefined) {
        const layer = Number(index);
        return from <= layer && layer < to ? `encoder.layer.${layer - from}${rest}` : undefined;
      }
      if (!name.startsWith("embeddings.")) return to === all ? name : undefined;
      return from === 0 || (tied && name.startsWith("embeddings.word_embeddings.")) ? name : undefined;
    },
  };
}
