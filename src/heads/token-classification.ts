// Taggers of tokens: logits [tokens, labels] to the entities of each text (entities.ts says how).

import type { HeadSpec } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { natural, type OptionTable } from "../options.ts";
import { offsetMapper } from "../tokenizer/tokenizer.ts";
import {
  AGGREGATION_OPTIONS,
  type AggregationOptions,
  aggregationOf,
  type Entity,
  mergeWindows,
  tokenEntities,
} from "./entities.ts";
import type { Head } from "./head.ts";
import { OFFSET_OPTIONS, type OffsetOptions } from "./text-rows.ts";
import { pickTextOptions, TEXT_OPTIONS, type TextOptions } from "./tokenization.ts";

export interface EntityOptions extends AggregationOptions, TextOptions, OffsetOptions {
  /** Read a long text to its end in windows that share this many tokens; cut it off when left out. */
  readonly stride?: number | undefined;
}

const ENTITY_OPTIONS: OptionTable<EntityOptions> = {
  ...AGGREGATION_OPTIONS,
  ...TEXT_OPTIONS,
  ...OFFSET_OPTIONS,
  stride: natural,
};

/** The entities of each text, in its order. */
export function tokenClassifier(spec: HeadSpec): Head<string, EntityOptions, Entity[]> {
  const logits = `${spec.name}.logits`;
  return {
    options: ENTITY_OPTIONS,
    fetches: () => [logits],
    encode(texts, tokenization, options) {
      const { stride } = options;
      // Single tokens of neighbouring windows could not be told apart.
      if (stride !== undefined && aggregationOf(spec, options) === "none")
        throw new BertletError("invalid_input", "a stride needs an aggregationStrategy other than none");
      return tokenization.encode(texts, { ...pickTextOptions(options), stride });
    },
    decode(outputs, { inputs, encoding, rows, tokenizer }, index, options) {
      const text = inputs[index]!;
      const found = rows[index]!.map((row) =>
        tokenEntities({ text, encoding, row, logits: outputs[logits]! }, spec, tokenizer, options),
      );
      const toUnit = offsetMapper(text, options.offsetUnit);
      const entities = found.length > 1 ? mergeWindows(found.flat()) : found.flat();
      return entities.map((entity) => ({ ...entity, start: toUnit(entity.start), end: toUnit(entity.end) }));
    },
  };
}
