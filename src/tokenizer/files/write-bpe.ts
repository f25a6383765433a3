// A byte-level BPE's files as the reference writes and reads them: tokenizer.json, vocab.json, merges.txt and tokenizer_config.json.
import type { Merges } from "../bpe/merges.ts";
import type { ResolvedBpeOptions } from "../options.ts";
import type { WrittenTokenizer } from "../tokenizer-core.ts";
import {
  addedTokenEntries,
  encodeJson,
  encodeText,
  postProcessor,
  sharedConfig,
  vocabularyEntries,
} from "./write-parts.ts";

export function writeBpeFiles(tokenizer: WrittenTokenizer<ResolvedBpeOptions>): Map<string, Uint8Array> {
  const { addPrefixSpace: add_prefix_space, trimOffsets: trim_offsets } = tokenizer.options;
  const vocab = Object.fromEntries(vocabularyEntries(tokenizer.vocabulary));
  const pairs = (tokenizer.tables as Merges).pairs();
  const byteLevel = { type: "ByteLevel", add_prefix_space, trim_offsets, use_regex: true };
  return new Map([
    [
      "tokenizer.json",
      encodeJson({
        version: "1.0",
        truncation: null,
        padding: null,
        added_tokens: addedTokenEntries(tokenizer),
        normalizer: null,
        pre_tokenizer: byteLevel,
        post_processor: postProcessor(tokenizer, { add_prefix_space, trim_offsets }),
        decoder: { ...byteLevel, add_prefix_space: true },
        model: {
          type: "BPE",
          dropout: null,
          unk_token: null,
          continuing_subword_prefix: "",
          end_of_word_suffix: "",
          fuse_unk: false,
          byte_fallback: false,
          ignore_merges: false,
          vocab,
          merges: pairs,
        },
      }),
    ],
    ["vocab.json", encodeJson(vocab)],
    ["merges.txt", encodeText(`#version: 0.2\n${pairs.map((pair) => `${pair.join(" ")}\n`).join("")}`)],
    [
      "tokenizer_config.json",
      encodeJson({ ...sharedConfig(tokenizer), add_prefix_space, trim_offsets, tokenizer_class: "RobertaTokenizer" }),
    ],
  ]);
}
