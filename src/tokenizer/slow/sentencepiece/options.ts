// The options of the slow tokenizers that SentencePiece cuts the texts of.
import * as v from "valibot";
import { strictObject } from "../../../schemas.ts";
import { check, sharedEntries } from "../../options.ts";
import { robertaTemplate } from "../../template.ts";

const roberta = {
  ...sharedEntries("<unk>", "</s>", "<pad>", "<s>", "<mask>"),
  cleanUpTokenizationSpaces: v.optional(v.boolean(), false),
};
const robertaSchema = strictObject(roberta);

const albertSchema = strictObject({
  ...sharedEntries("<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]"),
  cleanUpTokenizationSpaces: v.optional(v.boolean(), false),
  /** Fold to lower case. */
  doLowerCase: v.optional(v.boolean(), true),
  /** Keep accents. */
  keepAccents: v.optional(v.boolean(), false),
  /** Make one space of white space, and none at the ends of a text. */
  removeSpace: v.optional(v.boolean(), true),
});

/** Options of XLMRobertaTokenizer and CamembertTokenizer; every option has the family's default. */
export type SlowUnigramOptions = v.InferInput<typeof robertaSchema>;
export type ResolvedSlowUnigramOptions = v.InferOutput<typeof robertaSchema>;

/** Options of AlbertTokenizer; every option has the family's default. */
export type SlowAlbertOptions = v.InferInput<typeof albertSchema>;
export type ResolvedSlowAlbertOptions = v.InferOutput<typeof albertSchema>;

/** @throws BertletError `invalid_config` for an unknown option or a value of the wrong kind */
export function resolveSlowUnigramOptions(options: unknown): ResolvedSlowUnigramOptions {
  const resolved = check(robertaSchema, options, "tokenizer options");
  return { ...resolved, template: resolved.template ?? robertaTemplate(resolved.clsToken, resolved.sepToken) };
}

/** @throws BertletError as {@link resolveSlowUnigramOptions} */
export function resolveSlowAlbertOptions(options: unknown): ResolvedSlowAlbertOptions {
  return check(albertSchema, options, "tokenizer options");
}
