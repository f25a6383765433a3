// One head in a file of its own: a safetensors file with the head's tensors in f32, and its spec in the metadata.
import * as v from "valibot";
import { headSpecSchema } from "../architectures/head-spec.ts";
import type { HeadInput } from "../checkpoint/checkpoint.ts";
import { BertletError } from "../errors.ts";
import { readSafetensors, writeSafetensors } from "../safetensors.ts";

const FORMAT = "bertlet-head";

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
