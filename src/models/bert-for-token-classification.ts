// BertForTokenClassification: a label for every token, and the entities that follow.
import type { Entity } from "../heads/entities.ts";
import { runHead } from "../heads/run.ts";
import { type EntityOptions, tokenClassifier } from "../heads/token-classification.ts";
import { BertLogitsModel, type LogitsOutput } from "./model.ts";

/** `logits` [batch, length, labels]; zero at masked positions. */
export type TokenClassifierOutput = LogitsOutput;

/**
 * A tagger of tokens: named entities, slots of a query.
 *
 * @example
 * const file = "models/minilm-l6-heads/model.safetensors";
 * const model = await BertForTokenClassification.fromPretrained(file, { head: "entities" });
 * await model.entities(["I live in Berlin."], { aggregationStrategy: "simple" });
 * // [[{ entity_group: "LOC", score: 0.9…, word: "Berlin", start: 10, end: 16 }]]
 */
export class BertForTokenClassification extends BertLogitsModel {
  static override readonly architecture: string = "BertForTokenClassification";

  /**
   * The entities of each text, in its order.
   * @throws BertletError `invalid_input` for a stride without aggregation, which could not tell windows apart
   */
  entities(texts: readonly string[], options: EntityOptions = {}): Promise<Entity[][]> {
    return runHead(this.pretrained, tokenClassifier(this.head), texts, options);
  }
}
