// bertlet push: a packed model into R2 or KV, in parts where a value has a limit, read back and compared.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { sha256 } from "../digest.ts";
import { BertletError } from "../errors.ts";
import { verifyPacked } from "../model-file/verify.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";
import { wrangler } from "./wrangler.ts";

/** A kind of store: what one value may hold, and wrangler's commands. */
interface Store {
  readonly from: "r2" | "kv";
  readonly binding: string;
  readonly partBytes: number;
  put(key: string, file: string): readonly string[];
  /** Writes the value to the file, or, without one, to standard output. */
  get(key: string, file: string): { readonly args: readonly string[]; readonly printed: boolean };
}

const MEBIBYTE = 2 ** 20;

const STORES: Readonly<Record<Store["from"], (name: string) => Store>> = {
  r2: (bucket) => ({
    from: "r2",
    binding: "BUCKET",
    // wrangler uploads at most 300 MiB at once.
    partBytes: 256 * MEBIBYTE,
    put: (key, file) => ["r2", "object", "put", `${bucket}/${key}`, "--file", file],
    get: (key, file) => ({ args: ["r2", "object", "get", `${bucket}/${key}`, "--file", file], printed: false }),
  }),
  kv: (id) => ({
    from: "kv",
    binding: "STORE",
    partBytes: 24 * MEBIBYTE,
    put: (key, file) => ["kv", "key", "put", key, "--path", file, "--namespace-id", id],
    get: (key) => ({ args: ["kv", "key", "get", key, "--namespace-id", id], printed: true }),
  }),
};

export const push = defineCommand({
  name: "push",
  summary: "stores a packed model in R2 or KV by the project's wrangler, and checks it",
  positionals: ["model"],
  options: {
    r2: { type: "string", value: "<bucket>", summary: "the bucket" },
    kv: { type: "string", value: "<id>", summary: "the namespace's id" },
    binding: {
      type: "string",
      value: "<name>",
      summary: "the binding in the entry of MODELS (BUCKET, or STORE for KV)",
    },
    local: { type: "boolean", summary: "into the local store of wrangler dev, in the place of the account's" },
    "persist-to": { type: "string", value: "<folder>", summary: "where the local store is kept, with --local" },
  },
  async run({ r2, kv, binding, local, "persist-to": persistTo }, [path = ""], io) {
    if ((r2 === undefined) === (kv === undefined)) throw new UsageError("expected either --r2 or --kv");
    if (persistTo !== undefined && !local) throw new UsageError("--persist-to is for --local");
    const store = r2 === undefined ? STORES.kv(kv!) : STORES.r2(r2);
    const place = [local ? "--local" : "--remote", ...(persistTo === undefined ? [] : ["--persist-to", persistTo])];
    const file = new Uint8Array(await readFile(path));
    await verifyPacked(file);
    const digest = await sha256(file);
    const name = basename(path, ".safetensors");
    const parts = await upload(store, place, file, `${name}-${digest.slice(0, 12)}`, io);
    const entry = {
      from: store.from,
      binding: binding ?? store.binding,
      parts,
      bytes: file.byteLength,
      sha256: digest,
    };
    io.out(`MODELS: ${JSON.stringify({ models: { [name]: entry } })}`);
  },
});

/**
 * The keys. They are new for every model, so that a deployment goes on reading what it knows until its settings name the new ones.
 * @throws BertletError `unavailable` for a store that does not answer, or gives back other bytes
 */
async function upload(
  store: Store,
  place: readonly string[],
  file: Uint8Array,
  stem: string,
  io: Io,
): Promise<readonly string[]> {
  const count = Math.ceil(file.byteLength / store.partBytes);
  const keys = Array.from({ length: count }, (_, i) => (count === 1 ? `${stem}.safetensors` : `${stem}.${i}`));
  const folder = await mkdtemp(join(tmpdir(), "bertlet-push-"));
  try {
    for (const [index, key] of keys.entries()) {
      io.progress(`part ${index + 1} of ${count}`);
      const part = file.subarray(index * store.partBytes, (index + 1) * store.partBytes);
      const [sent, received] = [join(folder, "sent"), join(folder, "received")];
      await writeFile(sent, part);
      await wrangler([...store.put(key, sent), ...place]);
      const { args, printed } = store.get(key, received);
      const printedBytes = await wrangler([...args, ...place]);
      const back = printed ? printedBytes : await readFile(received);
      if (!back.equals(part)) throw new BertletError("unavailable", `${key} is not in the store as it was sent`);
    }
  } finally {
    io.progress("");
    await rm(folder, { recursive: true });
  }
  return keys;
}
