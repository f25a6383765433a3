// What the readers of all tokenizer.json files share: templates, added tokens, and the check of a file's shape.
import * as v from "valibot";
import { BertletError } from "../../errors.ts";
import type { AddedTokenInit } from "../options.ts";
import { compileTemplate, robertaTemplate, specialTokensIn, type TemplateOptions } from "../template.ts";
import type { AddedTokenEntry, PieceEntry, PostProcessor } from "./schemas.ts";

/** What a post-processor says: where special tokens go, and the names of the first and the last. */
export interface TemplateFile {
  readonly clsToken?: string;
  readonly sepToken?: string;
  readonly template?: TemplateOptions;
}

/** The template, and the names of its first and last special token. */
export function templateOf(processor: PostProcessor | null | undefined): TemplateFile {
  if (!processor) return {};
  if (processor.type === "BertProcessing") return { clsToken: processor.cls[0], sepToken: processor.sep[0] };
  if (processor.type === "RobertaProcessing") {
    const [clsToken, sepToken] = [processor.cls[0], processor.sep[0]];
    return { clsToken, sepToken, template: robertaTemplate(clsToken, sepToken) };
  }
  const write = (pieces: readonly PieceEntry[]) => pieces.map((piece) => writePiece(piece, processor.special_tokens));
  const template = { single: write(processor.single), pair: write(processor.pair) };
  checkTemplate(template);
  const tokens = specialTokensIn(template.single);
  return { ...defined({ clsToken: tokens[0], sepToken: tokens.at(-1) }), template };
}

function checkTemplate(template: TemplateOptions): void {
  try {
    compileTemplate(template, () => 0);
  } catch (cause) {
    throw new BertletError("invalid_checkpoint", `tokenizer.json: ${(cause as Error).message}`, { cause });
  }
}

function writePiece(piece: PieceEntry, tokens: ReadonlyMap<string, { tokens: string[] }>): string {
  if ("Sequence" in piece) return `$${piece.Sequence.id}:${piece.Sequence.type_id}`;
  const { id, type_id } = piece.SpecialToken;
  const names = tokens.get(id)?.tokens ?? [id];
  if (names.length !== 1)
    throw new BertletError("unsupported", `tokenizer.json: special token ${id} stands for ${names.length} tokens`);
  return `${names[0]}:${type_id}`;
}

export function addedToken(token: AddedTokenEntry): AddedTokenInit {
  const { content, special, single_word: singleWord, lstrip, rstrip, normalized } = token;
  return { content, ...defined({ special, singleWord, lstrip, rstrip, normalized }) };
}

/** The object without its null and undefined values. */
export function defined<T extends Record<string, unknown>>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

export function check<S extends v.GenericSchema>(schema: S, value: unknown, name: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new BertletError("invalid_checkpoint", `${name}: ${v.getDotPath(issue) ?? "the file"}: ${issue.message}`);
}
