// bertlet inspect: what a packed model is, and whether it is what was written.
import { readFile } from "node:fs/promises";
import { DEFAULT_EMBEDDING } from "../architectures/embedding-spec.ts";
import { sha256 } from "../digest.ts";
import { type PackedHeader, readPacked } from "../model-file/packed.ts";
import { verifyPacked } from "../model-file/verify.ts";
import { defineCommand, formatTable } from "./command.ts";

export const inspect = defineCommand({
  name: "inspect",
  summary: "shows what a packed model holds, and checks it against its digest",
  positionals: ["model"],
  options: { json: { type: "boolean", summary: "prints JSON" } },
  async run({ json }, [path = ""], io) {
    const file = new Uint8Array(await readFile(path));
    const { header } = await readPacked(file, ({ weightBytes }) => new Uint8Array(weightBytes));
    await verifyPacked(file);
    const facts = { file: path, bytes: file.byteLength, sha256: await sha256(file), ...describe(header) };
    if (json) return io.out(JSON.stringify(facts));
    const { heads, ...others } = facts;
    const text = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
    for (const line of formatTable(Object.entries(others).map(([key, value]) => [key, text(value)]))) io.out(line);
    io.out(heads.length > 0 ? "heads:" : "no heads");
    for (const line of formatTable(heads.map(({ name, task, labels }) => [name, `${task}${labelList(labels)}`])))
      io.out(line);
  },
});

function describe({ config, heads, embedding, quantization, origin, digest, tokenizer, weightBytes }: PackedHeader) {
  return {
    digest,
    name: origin?.name ?? null,
    license: origin?.license ?? null,
    model_type: config.model_type,
    quantization,
    weight_bytes: weightBytes,
    hidden_size: config.hidden_size,
    num_hidden_layers: config.num_hidden_layers,
    max_position_embeddings: config.max_position_embeddings,
    vocab_size: config.vocab_size,
    tokenizer: tokenizer !== undefined,
    pooling: (embedding ?? DEFAULT_EMBEDDING).pooling,
    heads: heads.map(({ name, task, labels, temperature = 1 }) => ({ name, task, labels, temperature })),
  };
}

const MOST_LABELS = 8;

function labelList(labels: readonly string[]): string {
  if (labels.length === 0) return "";
  const more = labels.length > MOST_LABELS ? `, … (${labels.length})` : "";
  return `: ${labels.slice(0, MOST_LABELS).join(", ")}${more}`;
}
