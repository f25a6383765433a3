// One head in a file of its own: a safetensors file with the head's tensors in f32, and its spec in the metadata.
import * as v from "valibot";
import { headSpecSchema } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { readSafetensors, writeSafetensors } from "../safetensors.ts";
import { type ModelSource, readRequired } from "../source/source.ts";
import type { HeadInput } from "./checkpoint.ts";

const FORMAT = "bertlet-head";
const IN_FOLDER = /^heads\/([\w-]+)\.safetensors$/;

/** The file of a head, as {@link readHeadFile} reads it. */
export function writeHeadFile({ spec, tensors }: HeadInput): Uint8Array<ArrayBuffer> {
  return writeSafetensors(tensors, { format: FORMAT, version: "1", head: JSON.stringify(spec) });
}

/**
 * The head in a file, for addHead.
 * @throws BertletError `invalid_checkpoint` for a file that holds no head
 * @example
 * const larger = await addHead(await readFile("model.safetensors"), readHeadFile(await readFile("topic.safetensors")));
 */
export function readHeadFile(file: Uint8Array): HeadInput {
  const { tensors, metadata } = readSafetensors(file);
  if (metadata.format !== FORMAT || metadata.version !== "1")
    throw new BertletError("invalid_checkpoint", "it is no head file; GET /heads/<name>/export writes one");
  const spec = v.safeParse(v.pipe(v.string(), v.parseJson(), headSpecSchema), metadata.head);
  if (spec.success) return { spec: spec.output, tensors };
  throw new BertletError("invalid_checkpoint", `not a usable head file: ${spec.issues[0].message}`);
}

/** Where a folder of sentence-transformers has the file of a head. */
export function headPath(name: string): string {
  return `heads/${name}.safetensors`;
}

/**
 * The heads whose files are in a folder, which are named as their files are.
 * @param chosen which of them, in this order; all, by name, when left out
 * @throws BertletError `not_found` for a chosen head that is not there, `invalid_checkpoint` for a file that holds no head
 */
export async function readHeadFiles(source: ModelSource, chosen?: readonly string[]): Promise<HeadInput[]> {
  const present = (await source.list()).flatMap((path) => IN_FOLDER.exec(path)?.[1] ?? []).sort();
  return Promise.all(
    (chosen ?? present).map(async (name) => {
      const { spec, tensors } = readHeadFile(await readRequired(source, headPath(name)));
      return { spec: { ...spec, name }, tensors };
    }),
  );
}
