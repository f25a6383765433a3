// Adds a head to a packed model. What is packed is copied as it is: the encoder's own checkpoint need not be at hand, and no weight is
// rounded twice.
import { BertletError } from "../errors.ts";
import { readSafetensors, writeSafetensors } from "../safetensors.ts";
import { type HeadInput, headMismatches, misnamed, Packer, packedSpec, packHead, usesPooler } from "./pack.ts";
import { readPacked, TOKENIZER_PREFIX } from "./packed.ts";

/**
 * The packed model with one more head, its last: the same bytes as if it had been packed with it.
 * @throws BertletError `invalid_checkpoint` for a damaged file, a name that is taken, tensors that do not fit the encoder, or a head on
 * the pooler of a model that has none
 * @example
 * const spec = headSpec("BertForSequenceClassification", BertConfig.fromJSON(headConfig), "urgency")!;
 * const { tensors } = readSafetensors(await readFile("heads/urgency/head.safetensors"));
 * const larger = await addHead(await readFile("models/minilm-l6-heads/model.safetensors"), { spec, tensors });
 */
export async function addHead(file: Uint8Array, head: HeadInput): Promise<Uint8Array<ArrayBuffer>> {
  const { header } = await readPacked(file, ({ weightBytes }) => new Uint8Array(weightBytes));
  const { config, heads, quantization } = header;
  const { tensors, metadata } = readSafetensors(file);
  const problems = [
    ...misnamed([...heads.map(({ name }) => name), head.spec.name]),
    ...headMismatches(head, config.hidden_size),
  ];
  if (usesPooler(head.spec) && !tensors.has("pooler.dense.weight"))
    problems.push(`head ${head.spec.name}: it needs a pooler, and the packed model has none`);
  if (problems.length > 0) throw new BertletError("invalid_checkpoint", problems.join("; "));

  const packer = new Packer(quantization);
  const isTable = (name: string) => name.startsWith(TOKENIZER_PREFIX);
  for (const [name, tensor] of tensors) if (!isTable(name)) packer.copy(name, tensor);
  packHead(packer, head, config.hidden_size);
  packer.refuseBroken();
  for (const [name, tensor] of tensors) if (isTable(name)) packer.copy(name, tensor);
  const { digest: _, source, ...others } = metadata;
  const extended = { ...others, heads: JSON.stringify([...heads, packedSpec(head.spec)]) };
  return writeSafetensors(packer.tensors, {
    ...extended,
    digest: await packer.digest(extended),
    ...(source !== undefined && { source }),
  });
}
