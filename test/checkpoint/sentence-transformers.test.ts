// Sentence-transformers folders mean what their authors meant: the reference's vectors, for every kind of module.

import { describe, expect, it } from "vitest";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { exportOnnx } from "../../src/onnx/export.ts";
import { openSource } from "../../src/source/source.ts";
import { Tensor } from "../../src/tensor.ts";
import { unpackTokenizer } from "../../src/tokenizer/packed.ts";
import { KernelSession } from "../../src/wasm/kernel/session.ts";
import { OrtSession } from "../../src/wasm/ort/session.ts";
import { expectError } from "../expect-error.ts";
import { readFixture, readJsonFixture } from "../fixtures.ts";
import { values } from "../goldens.ts";

const ROOT = "test/goldens/sentence-transformers";
const KINDS = [
  "cls",
  "max",
  "mean",
  "mean_sqrt_len",
  "weightedmean",
  "lasttoken",
  "all",
  "dense",
  "two-dense",
  "layernorm",
  "prompts",
  "short",
];

interface Cases {
  readonly texts: readonly string[];
  readonly cases: readonly { readonly prompt: string; readonly vectors: readonly (readonly number[])[] }[];
}

type Files = Record<string, Uint8Array>;

const decode = (bytes: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(bytes));
const encode = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));

/** The folder as sentence-transformers saved it. @param at where the encoder's files are */
async function folder(kind: string, at = ""): Promise<Files> {
  const files: Files = {};
  const add = async (name: string, path: string) => {
    const bytes = await readFixture(`${ROOT}/${path}`);
    if (bytes) files[name] = bytes;
  };
  for (const name of ["config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json"]) {
    await add(at + name, `encoder/${name}`);
  }
  await add(`${at}sentence_bert_config.json`, `${kind}/sentence_bert_config.json`);
  for (const name of ["modules.json", "config_sentence_transformers.json"]) await add(name, `${kind}/${name}`);
  const modules = decode(files["modules.json"]) as { path: string }[];
  for (const { path } of modules.slice(1)) {
    for (const name of ["config.json", "model.safetensors"]) await add(`${path}/${name}`, `${kind}/${path}/${name}`);
  }
  return files;
}

async function pack(files: Files): Promise<Uint8Array> {
  return packCheckpoint(await openSource(files), { quantization: "f32" });
}

/** The vector of each text, by both engines. */
async function embed(files: Files, texts: readonly string[]): Promise<Float32Array[][]> {
  const session = await KernelSession.create(await pack(files));
  const { header, tokenizerTables } = session.model;
  const tokenizer = unpackTokenizer(header.tokenizer, tokenizerTables)!;
  const ort = await OrtSession.create(await exportOnnx(files));
  const maxLength = header.embedding?.maxLength ?? header.config.max_position_embeddings;
  const vectors = await Promise.all(
    texts.map(async (text) => {
      const { input_ids } = tokenizer.encodeBatch([text], { maxLength, truncation: true });
      const feeds = { input_ids: new Tensor("int32", input_ids, [1, input_ids.length]) };
      const outputs = await Promise.all([session, ort].map((engine) => engine.run(feeds, ["sentence_embedding"])));
      return outputs.map(({ sentence_embedding }) => values(sentence_embedding));
    }),
  );
  await Promise.all([session.release(), ort.release()]);
  return vectors;
}

function cosine(a: Float32Array, b: readonly number[]): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) => Array.from(x).reduce((sum, v, i) => sum + v * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe.each(KINDS)("a folder with the modules of %s", (kind) => {
  it("gives the reference's vectors in both engines", async () => {
    const { texts, cases } = await readJsonFixture<Cases>(`${ROOT}/${kind}/cases.json`);
    for (const { prompt, vectors } of cases) {
      const found = await embed(
        await folder(kind),
        texts.map((text) => prompt + text),
      );
      for (const [index, engines] of found.entries()) {
        const expected = vectors[index]!;
        for (const vector of engines) {
          expect(vector.length).toBe(expected.length);
          expect(cosine(vector, expected)).toBeGreaterThanOrEqual(0.99999);
          const scale = Math.max(1, ...expected.map(Math.abs));
          for (const [i, value] of vector.entries()) expect(Math.abs(value - expected[i]!) / scale).toBeLessThan(1e-4);
        }
      }
    }
  });
});

describe("a sentence-transformers folder", () => {
  const embeddingOf = async (files: Files) => (await KernelSession.create(await pack(files))).model.header.embedding!;

  it("carries its prompts and its length into the packed file", async () => {
    const { prompts, defaultPrompt } = await embeddingOf(await folder("prompts"));
    expect([prompts, defaultPrompt]).toEqual([
      [
        ["query", "query : "],
        ["passage", "passage : "],
      ],
      "passage",
    ]);
    expect((await embeddingOf(await folder("short"))).maxLength).toBe(6);
  });

  it("may keep its encoder in a folder of its own", async () => {
    const files = await folder("dense", "0_Transformer/");
    const modules = decode(files["modules.json"]) as { path: string }[];
    modules[0]!.path = "0_Transformer";
    expect(await pack({ ...files, "modules.json": encode(modules) })).toEqual(await pack(await folder("dense")));
  });

  it("is its bare encoder, whatever class its config names", async () => {
    const files = await folder("mean");
    const config = { ...decode(files["config.json"]), architectures: ["BertForMaskedLM"] };
    const session = await KernelSession.create(await pack({ ...files, "config.json": encode(config) }));
    expect(session.model.header.heads).toEqual([]);
  });

  const changed = async (kind: string, name: string, change: (json: never) => unknown) => {
    const files = await folder(kind);
    return { ...files, [name]: encode(change(decode(files[name]) as never)) };
  };
  type List = { type: string; path: string }[];

  it.each<[string, () => Promise<Files>, "unsupported" | "invalid_checkpoint" | "not_found", string]>([
    [
      "an unknown module",
      () =>
        changed("mean", "modules.json", (list: List) => [
          ...list,
          { type: "sentence_transformers.models.CNN", path: "2_CNN" },
        ]),
      "unsupported",
      "the module CNN is not known; known are Pooling",
    ],
    [
      "no pooling",
      () => changed("mean", "modules.json", (list: List) => list.slice(0, 1)),
      "unsupported",
      "its second module is undefined, not Pooling",
    ],
    [
      "an unknown pooling mode",
      () => changed("mean", "1_Pooling/config.json", (json: object) => ({ ...json, pooling_mode_median: true })),
      "invalid_checkpoint",
      "1_Pooling/config.json: pooling_mode_median",
    ],
    [
      "no pooling mode",
      () => changed("mean", "1_Pooling/config.json", (json: object) => ({ ...json, pooling_mode_mean_tokens: false })),
      "invalid_checkpoint",
      "no pooling mode is chosen",
    ],
    [
      "another width",
      () => changed("mean", "1_Pooling/config.json", (json: object) => ({ ...json, word_embedding_dimension: 32 })),
      "invalid_checkpoint",
      "word_embedding_dimension is 32, the encoder's is 24",
    ],
    [
      "prompts that are not pooled",
      () => changed("prompts", "1_Pooling/config.json", (json: object) => ({ ...json, include_prompt: false })),
      "unsupported",
      "include_prompt is false",
    ],
    [
      "an unknown activation",
      () =>
        changed("dense", "2_Dense/config.json", (json: object) => ({
          ...json,
          activation_function: "torch.nn.Softsign",
        })),
      "unsupported",
      "the activation torch.nn.Softsign is not known",
    ],
    [
      "a default prompt that is not there",
      () =>
        changed("prompts", "config_sentence_transformers.json", (json: object) => ({
          ...json,
          default_prompt_name: "x",
        })),
      "invalid_checkpoint",
      "there is no prompt x; there are query, passage",
    ],
    [
      "a module without settings",
      async () => {
        const { "1_Pooling/config.json": _, ...files } = await folder("mean");
        return files;
      },
      "not_found",
      "1_Pooling/config.json is missing",
    ],
  ])("is refused with %s", async (_, files, type, message) => {
    const changedFiles = await files();
    await expectError(() => pack(changedFiles), type, message);
  });
});
