// Adds, replaces and removes heads of a packed model. What is packed is copied as it is: the encoder's own checkpoint need not be at
// hand, and no weight is rounded twice.
import type { HeadSettings, HeadSpec } from "../architectures/head-spec.ts";
import type { HeadInput } from "../checkpoint/checkpoint.ts";
import { BertletError } from "../errors.ts";
import { readSafetensors, type TensorView } from "../safetensors.ts";
import { headMismatches, invalidNames, packHead, writePacked } from "./pack.ts";
import { type PackedHeader, readPacked, TOKENIZER_PREFIX } from "./packed.ts";
import { Packer } from "./packer.ts";

/**
 * The packed model with one more head, its last: the same bytes as if it had been packed with it.
 * @throws BertletError `invalid_checkpoint` for a damaged file, a name that is taken, or tensors that do not fit the encoder
 * @example
 * const spec = headSpec("BertForSequenceClassification", BertConfig.fromJSON(headConfig), "urgency")!;
 * const { tensors } = readSafetensors(await readFile("heads/urgency/head.safetensors"));
 * const larger = await addHead(await readFile("models/minilm-l6-heads.safetensors"), { spec, tensors });
 */
export function addHead(file: Uint8Array, head: HeadInput): Promise<Uint8Array<ArrayBuffer>> {
  return rewriteHeads(file, (heads) => [...heads, head]);
}

/**
 * The packed model with another head in the place of the one of the same name.
 * @throws BertletError as addHead, and `not_found` where there is no head of this name
 */
export function replaceHead(file: Uint8Array, head: HeadInput): Promise<Uint8Array<ArrayBuffer>> {
  return rewriteHeads(file, (heads) => {
    requireHead(heads, head.spec.name);
    return heads.map((present) => (present.spec.name === head.spec.name ? head : present));
  });
}

/**
 * The packed model without a head and its tensors.
 * @throws BertletError `invalid_checkpoint` for a damaged file, `not_found` where there is no head of this name
 */
export function removeHead(file: Uint8Array, name: string): Promise<Uint8Array<ArrayBuffer>> {
  return rewriteHeads(file, (heads) => {
    requireHead(heads, name);
    return heads.filter(({ spec }) => spec.name !== name);
  });
}

/**
 * The packed model with other settings of a head: its thresholds, temperature and what else its author decides. Its weights stay.
 * @throws BertletError as removeHead
 * @example
 * const calibrated = await changeHeadSettings(file, "sentiment", { temperature: 1.3 });
 */
export function changeHeadSettings(
  file: Uint8Array,
  name: string,
  settings: HeadSettings,
): Promise<Uint8Array<ArrayBuffer>> {
  return rewriteHeads(file, (heads) => {
    requireHead(heads, name);
    return heads.map(({ spec, ...rest }) => ({ spec: spec.name === name ? { ...spec, ...settings } : spec, ...rest }));
  });
}

/** A head that is packed already, or one to pack. */
type HeadEntry = { readonly spec: HeadSpec; readonly tensors?: HeadInput["tensors"] };

async function rewriteHeads(
  file: Uint8Array,
  change: (heads: readonly HeadEntry[]) => readonly HeadEntry[],
): Promise<Uint8Array<ArrayBuffer>> {
  const { header } = await readPacked(file, ({ weightBytes }) => new Uint8Array(weightBytes));
  const { tensors } = readSafetensors(file);
  const entries = change(header.heads.map((spec) => ({ spec })));
  refuseMismatches(entries, header);

  const packer = new Packer(header.quantization);
  const copy = (belongs: (name: string) => boolean) => {
    for (const [name, tensor] of tensors) if (belongs(name)) packer.copy(name, tensor);
  };
  copy((name) => !name.startsWith("heads.") && !name.startsWith(TOKENIZER_PREFIX));
  const heads = entries.map((entry) => {
    if (isNew(entry)) return packHead(packer, entry, header.encoder);
    copy((name) => name.startsWith(`heads.${entry.spec.name}.`));
    return entry.spec;
  });
  copy((name) => name.startsWith(TOKENIZER_PREFIX));
  packer.refuseBroken();
  return writePacked(packer, { ...header, heads });
}

function isNew(entry: HeadEntry): entry is { spec: HeadSpec; tensors: ReadonlyMap<string, TensorView> } {
  return entry.tensors !== undefined;
}

function refuseMismatches(entries: readonly HeadEntry[], { encoder }: PackedHeader): void {
  const problems = [
    ...invalidNames(entries.map(({ spec }) => spec.name)),
    ...entries.filter(isNew).flatMap((head) => headMismatches(head, encoder)),
  ];
  if (problems.length > 0) throw new BertletError("invalid_checkpoint", problems.join("; "));
}

function requireHead(heads: readonly HeadEntry[], name: string): void {
  if (heads.some(({ spec }) => spec.name === name)) return;
  const present = heads.map(({ spec }) => spec.name).join(", ") || "none";
  throw new BertletError("not_found", `the model has no head ${name}; it has ${present}`);
}
