// Which SentencePiece file a folder has, and by which family's rules it becomes a tokenizer. The rules are in sentencepiece/.
import { BertletError } from "../../errors.ts";
import { type ModelSource, readJson } from "../../source/source.ts";

/** A family that has its tokenizer in a SentencePiece model, by its `model_type`. */
export type SentencePieceFamily = "albert" | "xlm-roberta" | "camembert";

/** Settings of ALBERT's normaliser, as its tokenizer_config.json has them. */
export interface FoldSettings {
  readonly doLowerCase: boolean;
  readonly keepAccents: boolean;
}

/** A model file, and how it is converted. */
export interface SentencePieceFile extends FoldSettings {
  /** The file's name, for errors. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly family: SentencePieceFamily;
}

/** The file of each family, and its tokenizer's name in the reference. */
const FAMILIES: Readonly<Record<SentencePieceFamily, readonly [file: string, tokenizerClass: string]>> = {
  albert: ["spiece.model", "AlbertTokenizer"],
  "xlm-roberta": ["sentencepiece.bpe.model", "XLMRobertaTokenizer"],
  camembert: ["sentencepiece.bpe.model", "CamembertTokenizer"],
};

/** The name of a family's model file, and that of its tokenizer in the reference. */
export function sentencePieceNames(family: SentencePieceFamily): {
  readonly file: string;
  readonly tokenizerClass: string;
} {
  const [file, tokenizerClass] = FAMILIES[family];
  return { file, tokenizerClass };
}

const NAMES = Object.keys(FAMILIES) as SentencePieceFamily[];
const FILES = [...new Set(NAMES.map((name) => FAMILIES[name][0]))];

/** The name of the first SentencePiece file that is there; undefined if none is. */
export async function findSentencePiece(source: ModelSource): Promise<string | undefined> {
  for (const file of FILES) if (await source.read(file)) return file;
  return undefined;
}

/**
 * The file of a family.
 *
 * @param family as a class says; otherwise as the folder's files do
 * @param tokenizerClass as tokenizer_config.json has it
 * @throws BertletError `not_found` without the file, `unsupported` for files that name no family, or another
 */
export async function openSentencePiece(
  source: ModelSource,
  family: SentencePieceFamily | undefined,
  tokenizerClass: string | undefined,
): Promise<Pick<SentencePieceFile, "name" | "bytes" | "family">> {
  const chosen = family ?? (await sentencePieceFamily(source, tokenizerClass));
  const [name] = FAMILIES[chosen];
  const bytes = await source.read(name);
  if (bytes) return { name, bytes, family: chosen };
  throw new BertletError("not_found", `there is neither a tokenizer.json nor a ${name}`);
}

/**
 * The family whose rules a folder's SentencePiece model is read by.
 *
 * @throws BertletError `unsupported` for files that name no family, or another
 */
export async function sentencePieceFamily(source: ModelSource, tokenizerClass?: string): Promise<SentencePieceFamily> {
  const wanted = await tokenizerNamed(source, tokenizerClass);
  const family = NAMES.find((name) => name === wanted || FAMILIES[name][1] === wanted);
  if (family) return family;
  const known = NAMES.map((name) => FAMILIES[name][1]).join(", ");
  const found = wanted === undefined ? "no configuration names any" : `${JSON.stringify(wanted)} is none of them`;
  throw new BertletError("unsupported", `a SentencePiece model is read as ${known}; ${found}`);
}

/**
 * What a folder says that its tokenizer is, as the reference's AutoTokenizer reads it: the name of a class, without `Fast`, which either configuration may
 * have, else the model's type.
 *
 * @param tokenizerClass as tokenizer_config.json has it
 */
export async function tokenizerNamed(source: ModelSource, tokenizerClass?: string): Promise<string | undefined> {
  const config = ((await readJson(source, "config.json")) ?? {}) as Readonly<Record<string, unknown>>;
  const named = tokenizerClass ?? config.tokenizer_class ?? config.model_type;
  return named === undefined || named === null ? undefined : String(named).replace(/Fast$/, "");
}
