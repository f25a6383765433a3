// A unigram tokenizer's files as the reference reads them: tokenizer.json and tokenizer_config.json.
import type { ResolvedUnigramOptions } from "../options.ts";
import type { WrittenTokenizer } from "../tokenizer-core.ts";
import type { Pieces } from "../unigram/pieces.ts";
import { writtenStrip } from "./strip-steps.ts";
import { addedTokenEntries, encodeJson, postProcessor, sharedConfig } from "./write-parts.ts";

export function writeUnigramFiles(tokenizer: WrittenTokenizer<ResolvedUnigramOptions>): Map<string, Uint8Array> {
  const pieces = tokenizer.vocabulary as Pieces;
  const charsmap = tokenizer.tables as Uint8Array | undefined;
  const { normalizer, prependScheme, splitsAtWhitespace, unkToken } = tokenizer.options;
  const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: prependScheme, split: true };
  const table = charsmap && encodeBase64(charsmap);
  const steps = normalizer.map((step) =>
    step.type === "Precompiled" ? { ...step, precompiled_charsmap: table ?? null } : writtenStrip(step),
  );
  const vocab = Array.from(pieces.scores, (score, id) => [pieces.token(id) ?? "", score]);
  return new Map([
    [
      "tokenizer.json",
      encodeJson({
        version: "1.0",
        truncation: null,
        padding: null,
        added_tokens: addedTokenEntries(tokenizer),
        normalizer: steps.length > 0 ? { type: "Sequence", normalizers: steps } : null,
        pre_tokenizer: splitsAtWhitespace
          ? { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, metaspace] }
          : metaspace,
        post_processor: postProcessor(tokenizer),
        decoder: metaspace,
        model: { type: "Unigram", unk_id: tokenizer.idOf(unkToken), vocab, byte_fallback: false },
      }),
    ],
    ["tokenizer_config.json", encodeJson({ ...sharedConfig(tokenizer), tokenizer_class: "PreTrainedTokenizerFast" })],
  ]);
}

function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
