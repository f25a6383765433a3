// Golden cases of a tokenizer: what the reference was asked, and the same question put to ours.
import type { EncodeOptions, TextInput, Tokenizer } from "../../src/tokenizer/tokenizer.ts";

export interface Call {
  padding?: true | "max_length";
  truncation?: EncodeOptions["truncation"];
  max_length?: number;
  stride?: number;
  return_overflowing_tokens?: boolean;
  add_special_tokens?: boolean;
  pad_to_multiple_of?: number;
}

export interface GoldenCase {
  kind: "text" | "noise";
  options: Readonly<Record<string, boolean>>;
  text: string;
  pair?: string;
  call: Call;
  fast: Record<string, unknown> & { error?: string };
  slow_tokens?: string[];
  slow_ids?: number[];
  /** With special tokens, and without them and cleaned up. */
  slow_decoded?: string[];
  fast_tokens: string[];
  decoded: string;
  decoded_clean: string;
  decoded_plain?: string;
}

export interface TokenizerGoldens {
  cases: GoldenCase[];
  batches: { texts: string[]; call: Call; input_ids: number[][]; attention_mask: number[][] }[];
}

export function encodeOptions(call: Call): EncodeOptions {
  return {
    padding: call.padding,
    truncation: call.truncation,
    maxLength: call.max_length,
    stride: call.stride,
    returnOverflowingTokens: call.return_overflowing_tokens,
    addSpecialTokens: call.add_special_tokens,
    padToMultipleOf: call.pad_to_multiple_of,
    offsetUnit: "codepoint",
  };
}

/** What a tokenizer answers, in the golden's own fields. */
export function answerTo({ text, pair, call }: GoldenCase, tokenizer: Tokenizer): Record<string, unknown> {
  const input: TextInput = pair === undefined ? text : [text, pair];
  try {
    if (!call.return_overflowing_tokens) {
      const { overflowing, ...row } = tokenizer.encodePlus(input, encodeOptions(call));
      return row;
    }
    const { tokens, word_ids, sequence_ids, ...rows } = tokenizer.batchEncodePlus([input], encodeOptions(call));
    return rows;
  } catch (error) {
    return { error: (error as { type?: string }).type };
  }
}

/** What the reference answers, but for tokens that ours name where it shows the text that they stand for: see relatives.test.ts. */
export function withOurNames(
  golden: GoldenCase,
  answer: Record<string, unknown>,
  tokenizer: Tokenizer,
): GoldenCase["fast"] {
  const { tokens, input_ids } = golden.fast as { tokens?: string[]; input_ids: number[] };
  if (!tokens) return golden.fast;
  const ours = answer.tokens as string[];
  const isNamed = (id: number) => tokenizer.addedTokens.some((token) => token.id === id);
  return { ...golden.fast, tokens: tokens.map((token, i) => (isNamed(input_ids[i]!) ? ours[i]! : token)) };
}

/** A text that was encoded and decoded: as it is, without special tokens and cleaned up, without special tokens; ours, and the golden's. */
export function decodingsOf(golden: GoldenCase, tokenizer: Tokenizer): readonly [ours: string[], wanted: string[]] {
  const decode = (skipSpecialTokens: boolean, cleanUpTokenizationSpaces: boolean) =>
    tokenizer.decode(tokenizer.encode(golden.text), { skipSpecialTokens, cleanUpTokenizationSpaces });
  const ours = [decode(false, false), decode(true, true), decode(true, false)];
  return [ours, [golden.decoded, golden.decoded_clean, golden.decoded_plain ?? ours[2]!]];
}
