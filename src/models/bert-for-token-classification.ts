// BertForTokenClassification: one score a label for every token, and the entities that follow (entities.ts says how).
import type { Tensor } from "onnxruntime-common";
import { BertletError } from "../errors.ts";
import { type AggregationOptions, type Entity, mergeWindows, tokenEntities } from "../heads/entities.ts";
import { type OffsetOptions, offsetMapper, type TextRows } from "../heads/text-rows.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import type { LoadedModel, PretrainedSource } from "./loaded-model.ts";
import { BertLogitsModel, fromPretrained, type HeadOptions, type LogitsOutput } from "./model.ts";

export interface EntityOptions extends AggregationOptions, TextOptions, OffsetOptions {
  /** Read a long text to its end in windows that share this many tokens; cut it off when left out. */
  readonly stride?: number | undefined;
}

/** `logits` [batch, length, labels]; zero where the mask is. */
export type TokenClassifierOutput = LogitsOutput;

/**
 * A tagger of tokens: named entities, slots of a query.
 *
 * @example
 * const file = await readFile("models/minilm-l6-heads/model.safetensors");
 * const model = await BertForTokenClassification.fromPretrained(file, { head: "entities" });
 * await model.entities(["I live in Berlin."], { aggregationStrategy: "simple" });
 * // [[{ entity_group: "LOC", score: 0.9…, word: "berlin", start: 10, end: 16 }]]
 */
export class BertForTokenClassification extends BertLogitsModel {
  static readonly architecture: string = "BertForTokenClassification";

  constructor(pretrained: LoadedModel, head?: string) {
    super(pretrained, BertForTokenClassification.architecture, head);
  }

  static fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<BertForTokenClassification> {
    return fromPretrained(BertForTokenClassification, source, options);
  }

  /**
   * The entities of each text, in its order.
   * @throws BertletError `invalid_input` for a stride without aggregation, which could not tell windows apart
   */
  async entities(texts: readonly string[], options: EntityOptions = {}): Promise<Entity[][]> {
    const { stride, aggregationStrategy = "none" } = options;
    if (stride !== undefined && aggregationStrategy === "none")
      throw new BertletError("invalid_input", "a stride needs another aggregationStrategy than none");
    if (texts.length === 0) return [];
    const rows = this.tokenization.encode(texts, options);
    const logits = await this.run(rows.feeds);
    return texts.map((text, index) => this.entitiesIn(text, index, rows, logits, options));
  }

  /** The entities of text `index` of `rows`, of logits [tokens, labels]. */
  entitiesIn(text: string, index: number, rows: TextRows<string>, logits: Tensor, options: EntityOptions): Entity[] {
    const found = rows.rows[index]!.map((row) =>
      tokenEntities({ text, encoding: rows.encoding, row, logits }, this.head.labels, this.tokenizer, options),
    );
    const place = offsetMapper(text, options.offsetUnit);
    const entities = found.length > 1 ? mergeWindows(found.flat()) : found.flat();
    return entities.map((entity) => ({ ...entity, start: place(entity.start), end: place(entity.end) }));
  }
}
