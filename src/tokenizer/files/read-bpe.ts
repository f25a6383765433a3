// Reads a byte-level BPE from tokenizer.json, or from vocab.json and merges.txt.
import * as v from "valibot";
import { BertletError } from "../../errors.ts";
import { mapOf } from "../../schemas.ts";
import { type ModelSource, readJson } from "../../source/source.ts";
import { type BpeOptions, tokenIdSchema } from "../options.ts";
import { addedToken, check, templateOf } from "./parts.ts";
import { bpeJsonSchema } from "./schemas.ts";

/** The contents of a byte-level BPE's files: the vocabulary in id order, merges in order of rank, and options. */
export interface BpeFiles {
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [left: string, right: string])[];
  readonly options: BpeOptions;
}

/** @throws BertletError `invalid_checkpoint` for a file that is broken or of another type */
export function readBpeJson(json: unknown): BpeFiles {
  const { added_tokens, pre_tokenizer, post_processor, model } = check(bpeJsonSchema, json, "tokenizer.json");
  const trimOffsets =
    post_processor?.type === "RobertaProcessing" ? post_processor.trim_offsets : pre_tokenizer.trim_offsets;
  return {
    tokens: inIdOrder(model.vocab),
    merges: model.merges.map((merge) => (typeof merge === "string" ? splitMerge(merge) : merge)),
    options: {
      ...templateOf(post_processor),
      addPrefixSpace: pre_tokenizer.add_prefix_space,
      trimOffsets,
      addedTokens: added_tokens.map((token) => ({ ...addedToken(token), id: token.id })),
    },
  };
}

/** @throws BertletError `not_found` without vocab.json or merges.txt, `invalid_checkpoint` for a file that is broken */
export async function readBpeVocabulary(source: ModelSource): Promise<BpeFiles> {
  const [vocab, merges] = [await readJson(source, "vocab.json"), await source.read("merges.txt")];
  if (vocab === undefined || !merges)
    throw new BertletError("not_found", "there is neither a tokenizer.json nor a vocab.json with a merges.txt");
  const lines = new TextDecoder().decode(merges).split("\n");
  return {
    tokens: inIdOrder(check(mapOf(v.string(), tokenIdSchema), vocab, "vocab.json")),
    merges: lines.filter((line) => line !== "" && !line.startsWith("#version")).map(splitMerge),
    // RoBERTa's own, as its tokenizer class adds it.
    options: { addedTokens: [{ content: "<mask>", special: true, lstrip: true, normalized: false }] },
  };
}

function inIdOrder(vocab: ReadonlyMap<string, number>): string[] {
  const tokens: string[] = [];
  for (const [token, id] of vocab) tokens[id] = token;
  return Array.from(tokens, (token) => token ?? "");
}

/** @throws BertletError `invalid_checkpoint` for anything but two tokens with a space between */
function splitMerge(merge: string): readonly [string, string] {
  const [left, right, ...others] = merge.trimEnd().split(" ");
  if (!left || !right || others.length > 0)
    throw new BertletError("invalid_checkpoint", `${JSON.stringify(merge)} is not a merge of two tokens`);
  return [left, right];
}
