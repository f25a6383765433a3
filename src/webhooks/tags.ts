// The tags of a text: answers of heads whose score reaches a threshold, all from one pass of the encoder.
import { BertletError } from "../errors.ts";
import type { Entity } from "../heads/entities.ts";
import type { Label } from "../heads/labels.ts";
import { readTexts } from "../heads/run.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Source, Threshold } from "./settings.ts";

/** By the head's name: labels, or entities. */
export type Tags = Readonly<Record<string, readonly (Label | Entity)[]>>;

export interface TaggedText {
  readonly tags: Tags;
  /** Whether the text was too long and was truncated. */
  readonly truncated: boolean;
}

/** @throws BertletError `invalid_config` for a head that the model does not have, or that reads more than a text */
export async function tagText(model: LoadedModel, text: string, tags: Source["tags"]): Promise<TaggedText> {
  const heads = [...tags.keys()];
  const parameters = Object.fromEntries(
    heads.map((head) => [head, { topK: null, aggregationStrategy: "first" } as const]),
  );
  const [reading] = await readTexts(model, [text], { heads, parameters }).catch(blameSettings);
  const { answers, truncated } = reading!;
  const sure = Array.from(tags, ([head, threshold]) => [
    head,
    answers[head]!.filter((tag) => tag.score >= thresholdOf(tag, threshold)),
  ]);
  return { tags: Object.fromEntries(sure), truncated };
}

export function thresholdOf(tag: Label | Entity, { all, labels }: Threshold): number {
  const label = "label" in tag ? tag.label : "entity_group" in tag ? tag.entity_group : tag.entity;
  return labels.get(label) ?? all;
}

/** The settings chose the heads, not the sender: a wrong one is the service's fault. */
function blameSettings(error: unknown): never {
  const wrong = error instanceof BertletError && (error.type === "not_found" || error.type === "unsupported");
  if (!wrong) throw error;
  console.error("TAGGING:", error.message);
  throw new BertletError("invalid_config", "the service is set up for heads that its model does not have", {
    cause: error,
  });
}
