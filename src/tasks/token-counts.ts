// How many tokens texts have by themselves, without the special ones: what limits are measured by before anything is computed.
import type { Tokenization } from "../heads/tokenization.ts";

/** One count a text. */
export function tokenCounts({ tokenizer }: Tokenization, texts: readonly string[]): number[] {
  const { row_starts } = tokenizer.encodeBatch(texts, { addSpecialTokens: false });
  return texts.map((_, row) => row_starts[row + 1]! - row_starts[row]!);
}
