// Generation with a causal head: prompts from texts, the model behind them, and texts from what it generates.
import type { BertConfig } from "../../architectures/config.ts";
import type { GenerationSettings } from "../../architectures/generation-settings.ts";
import type { HeadSpec } from "../../architectures/head-spec.ts";
import { BertletError } from "../../errors.ts";
import type { EncodedText } from "../../wasm/encoded-text.ts";
import type { TokenMatrix } from "../inputs.ts";
import { type Runnable, tokenizationOf } from "../run.ts";
import { continuation } from "./continuation.ts";
import { generate } from "./generate.ts";
import { type GenerationOptions, withSettings } from "./options.ts";

/** What generation takes of a model. */
export interface CausalModel extends Runnable {
  readonly config: BertConfig;
  /** The most tokens of a row. */
  readonly longestRow: number;
}

export interface GeneratedText {
  /** The prompt and what follows it, without special tokens. */
  readonly generated_text: string;
}

/** The options, completed with the head's settings. */
export function chosenOptions({ generation }: HeadSpec, options: GenerationOptions): GenerationOptions {
  return withSettings(options, generation as GenerationSettings | undefined);
}

/** The prompt of each text: [CLS] and the text's tokens. */
export function encodePrompts(model: Runnable, texts: readonly string[]): number[][] {
  const { tokenizer } = tokenizationOf(model);
  return texts.map((text) => [tokenizer.clsTokenId, ...tokenizer.encode(text, { addSpecialTokens: false })]);
}

/** As {@link continueRows}, as texts; [SEP] ends what is generated if no stop token is named. */
export async function continuePrompts(
  model: CausalModel,
  head: HeadSpec,
  prompts: TokenMatrix,
  options: GenerationOptions,
  encoded?: readonly EncodedText[],
): Promise<GeneratedText[]> {
  const { tokenizer } = tokenizationOf(model);
  const stopTokenIds = options.stopTokenIds ?? endTokens(head.generation?.eos_token_id ?? tokenizer.sepTokenId);
  const rows = await continueRows(model, head, prompts, { ...options, stopTokenIds }, encoded);
  return rows.map((ids) => ({ generated_text: tokenizer.decode(ids, { skipSpecialTokens: true }) }));
}

/**
 * Rows of ids continued; the configuration's `eos_token_id` stops a row if no other token is named.
 * @param encoded of a decoder with cross-attention: the text that each prompt's rows attend to
 * @throws BertletError `unsupported` for a model whose tokens see those after them, `invalid_input` for prompts or options that do not fit
 */
export async function continueRows(
  model: CausalModel,
  head: HeadSpec,
  prompts: TokenMatrix,
  options: GenerationOptions,
  encoded?: readonly EncodedText[],
): Promise<number[][]> {
  const { config } = model;
  if (!config.is_decoder)
    throw new BertletError("unsupported", "only a decoder generates, and the config's is_decoder is false");
  const chosen = chosenOptions(head, options);
  const stopTokenIds = chosen.stopTokenIds ?? endTokens(config.get("eos_token_id"));
  const { next, release } = continuation(model, head, encoded);
  try {
    return await generate(prompts, next, model.longestRow, { ...chosen, stopTokenIds });
  } finally {
    release();
  }
}

function endTokens(value: unknown): number[] {
  return [value].flat().filter((id) => typeof id === "number");
}
