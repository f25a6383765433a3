// Several heads over the same texts in one pass of the encoder: what a text is about, who is in it and what it asks for, at the price of
// one. For the heads that read single texts: classifiers of texts and of tokens.
import type { Tensor } from "onnxruntime-common";
import { BertletError } from "../errors.ts";
import type { AggregationOptions, Entity } from "../heads/entities.ts";
import type { Label, LabelOptions } from "../heads/labels.ts";
import type { OffsetOptions, TextRows } from "../heads/text-rows.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import { BertForSequenceClassification } from "./bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "./bert-for-token-classification.ts";
import { type LoadedModel, tokenizationOf } from "./loaded-model.ts";

/** What each head is told, by its name. */
export interface SeveralHeadsOptions extends TextOptions, OffsetOptions {
  readonly parameters?: Readonly<Record<string, LabelOptions & AggregationOptions>> | undefined;
}

/** A classifier's labels, or a tagger's entities. */
export type HeadAnswer = readonly Label[] | readonly Entity[];

/** Reads one head's answer for text `index` out of its output. */
interface Reader {
  readonly head: string;
  readonly output: string;
  read(text: string, index: number, rows: TextRows<string>, output: Tensor): HeadAnswer;
}

/**
 * The answers of several heads for each text, by the head's name; the encoder runs once.
 * @throws BertletError `not_found` for a head that the model does not have, `unsupported` for one that reads more than a text
 * @example
 * const model = await loadPretrained(await readFile("models/minilm-l6-heads/model.safetensors"));
 * const [answers] = await answerHeads(model, ["play some jazz in Berlin"], ["intent", "slots", "entities"]);
 * answers.intent; // [{ label: "play_music", score: 0.9… }]
 */
export async function answerHeads(
  pretrained: LoadedModel,
  texts: readonly string[],
  heads: readonly string[],
  options: SeveralHeadsOptions = {},
): Promise<Record<string, HeadAnswer>[]> {
  const readers = heads.map((head) => readerOf(pretrained, head, options));
  if (texts.length === 0) return [];
  const rows = tokenizationOf(pretrained).encode(texts, options);
  const outputs = await pretrained.session.run(
    rows.feeds,
    readers.map(({ output }) => output),
  );
  return texts.map((text, index) =>
    Object.fromEntries(readers.map(({ head, output, read }) => [head, read(text, index, rows, outputs[output]!)])),
  );
}

function readerOf(pretrained: LoadedModel, head: string, { parameters, offsetUnit }: SeveralHeadsOptions): Reader {
  const spec = pretrained.heads.find(({ name }) => name === head);
  if (!spec) throw new BertletError("not_found", `the model has no head ${head}`);
  const output = `${head}.logits`;
  const own = { ...parameters?.[head], offsetUnit };
  if (spec.kind === "sequence-classification") {
    const model = new BertForSequenceClassification(pretrained, head);
    return { head, output, read: (_text, index, _rows, logits) => model.labels(logits, index, own) };
  }
  if (spec.kind === "token-classification") {
    const model = new BertForTokenClassification(pretrained, head);
    return { head, output, read: (text, index, rows, logits) => model.entitiesIn(text, index, rows, logits, own) };
  }
  throw new BertletError("unsupported", `${head} (${spec.task}) reads more than a text, and runs by itself`);
}
