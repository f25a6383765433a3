// Reads a unigram model from tokenizer.json.
import { BertletError } from "../../errors.ts";
import type { UnigramOptions } from "../options.ts";
import type { NormalizerStep } from "../unigram/normalizer-steps.ts";
import type { ScoredPiece } from "../unigram/pieces.ts";
import { addedToken, check, templateOf } from "./parts.ts";
import { type MetaspaceEntry, unigramJsonSchema } from "./schemas.ts";
import { stripSteps } from "./strip-steps.ts";

/** The contents of a unigram tokenizer's files: the pieces in id order, the table of its precompiled normalisation, and options. */
export interface UnigramFiles {
  readonly pieces: readonly ScoredPiece[];
  readonly charsmap: Uint8Array | undefined;
  readonly options: UnigramOptions;
}

/** @throws BertletError `invalid_checkpoint` for a file that is broken, `unsupported` for one with several precompiled tables */
export function readUnigramJson(json: unknown): UnigramFiles {
  const file = check(unigramJsonSchema, json, "tokenizer.json");
  const { added_tokens, normalizer, pre_tokenizer, post_processor, model } = file;
  const all = !normalizer ? [] : normalizer.type === "Sequence" ? normalizer.normalizers : [normalizer];
  const steps = all.filter((step) => !("precompiled_charsmap" in step) || step.precompiled_charsmap);
  const charsmaps = steps.flatMap((step) => ("precompiled_charsmap" in step ? [step.precompiled_charsmap!] : []));
  if (new Set(charsmaps).size > 1)
    throw new BertletError("unsupported", "tokenizer.json has several precompiled normalisations; one can be read");
  const unknown = model.vocab[model.unk_id]?.[0];
  if (unknown === undefined)
    throw new BertletError("invalid_checkpoint", `tokenizer.json: the unknown token ${model.unk_id} has no piece`);
  const isSequence = pre_tokenizer.type === "Sequence";
  return {
    pieces: model.vocab,
    charsmap: charsmaps[0] === undefined ? undefined : decodeBase64(charsmaps[0]),
    options: {
      ...templateOf(post_processor),
      unkToken: unknown,
      normalizer: steps.flatMap((step): readonly NormalizerStep[] => {
        if (step.type === "Strip") return stripSteps(step);
        return ["precompiled_charsmap" in step ? { type: "Precompiled" } : step];
      }),
      prependScheme: prependScheme(isSequence ? pre_tokenizer.pretokenizers[1] : pre_tokenizer),
      splitsAtWhitespace: isSequence,
      addedTokens: added_tokens.map((token) => ({ ...addedToken(token), id: token.id })),
    },
  };
}

/** Older files say with `add_prefix_space` alone whether a mark is put before a text. */
function prependScheme({ prepend_scheme, add_prefix_space }: MetaspaceEntry): "always" | "first" | "never" {
  return prepend_scheme ?? (add_prefix_space ? "always" : "never");
}

function decodeBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch (cause) {
    throw new BertletError("invalid_checkpoint", "tokenizer.json: the precompiled normalisation is not base64", {
      cause,
    });
  }
}
