// The digest of a packed file: computed when it is written, and checked when somebody asks. Loading does not check it, for it would take as long
// as everything else that a cold start does; a model from storage is checked by the file's own SHA-256 instead (`sha256` in MODELS).
import { sha256 } from "../digest.ts";
import { BertletError } from "../errors.ts";
import { readSafetensors, type TensorView } from "../safetensors.ts";

/** SHA-256, in hexadecimal, over the metadata and every tensor's name and own SHA-256, in the order of the file. */
export async function packedDigest(
  metadata: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, TensorView>,
): Promise<string> {
  const digests: [name: string, digest: string][] = [];
  for (const [name, { bytes }] of tensors) digests.push([name, await sha256(bytes)]);
  return sha256(new TextEncoder().encode(JSON.stringify([metadata, digests])));
}

/**
 * Checks every byte of a packed file's settings and tensors against the digest that it carries.
 * @returns the digest, in hexadecimal
 * @throws BertletError `invalid_checkpoint` for a file whose content is not what was written, or that carries no digest
 * @example
 * await verifyPacked(await readFile("model.safetensors"));
 */
export async function verifyPacked(file: Uint8Array): Promise<string> {
  const { tensors, metadata } = readSafetensors(file);
  const { digest, source: _, ...settings } = metadata;
  if (digest === undefined) throw new BertletError("invalid_checkpoint", "the file carries no digest");
  const actual = await packedDigest(settings, tensors);
  if (actual !== digest)
    throw new BertletError(
      "invalid_checkpoint",
      `the file was changed or damaged after it was written: its digest is ${digest}, and its content has ${actual}`,
    );
  return digest;
}
