// packModel: which tensors a packed file holds, in which order and layout, and what is refused before anything is written.
import { describe, expect, it } from "vitest";
import { type PackInput, packModel } from "../../src/model-file/pack.ts";
import {
  type PackedHeader,
  type PackedOrigin,
  QUANTIZATIONS,
  readPacked,
  TOKENIZER_PREFIX,
} from "../../src/model-file/packed.ts";
import { rotateRows } from "../../src/quantize/hadamard.ts";
import { align, f32Index, packQm4w, qc7wIndex } from "../../src/quantize/layout.ts";
import { readSafetensors, type TensorView, toFloat32 } from "../../src/safetensors.ts";
import { f32, randomHead, randomTensors, shapesOf, tinyConfig, tinyInput } from "../builders.ts";
import { expectError } from "../expect-error.ts";

/** The packed file's tensors by name. */
async function pack(input: PackInput): Promise<ReadonlyMap<string, TensorView>> {
  return readSafetensors(await packModel(input)).tensors;
}

async function header(input: PackInput): Promise<PackedHeader> {
  const model = await readPacked(await packModel(input), ({ weightBytes }) => new Uint8Array(weightBytes));
  return model.header;
}

/** A matrix of a packed file, [N][K] row major again, as its kernel sees it. */
function unpack(tensors: ReadonlyMap<string, TensorView>, name: string, N: number, K: number): Float32Array {
  const weight = tensors.get(`${name}.weight`)!;
  expect(weight.shape).toEqual([align(N), align(K)]);
  const scale = tensors.get(`${name}.scale`);
  const scales = scale && toFloat32(scale);
  const at = (n: number, k: number) =>
    scales
      ? (weight.bytes[qc7wIndex(n, k, align(K))]! - 64) * scales[n]!
      : toFloat32(weight)[f32Index(n, k, align(K))]!;
  return Float32Array.from({ length: N * K }, (_, i) => at(Math.floor(i / K), i % K));
}

const vector = (tensors: ReadonlyMap<string, TensorView>, name: string) => [...toFloat32(tensors.get(name)!)];
const values = (tensors: ReadonlyMap<string, TensorView>, name: string) => toFloat32(tensors.get(name)!);
const zeros = (length: number) => Array<number>(length).fill(0);

/** The tiny input with other encoder tensors; undefined takes one away. */
function withEncoder(changes: Readonly<Record<string, TensorView | undefined>>): PackInput {
  const input = tinyInput();
  const encoder = new Map(input.encoder);
  for (const [name, tensor] of Object.entries(changes)) {
    if (tensor) encoder.set(name, tensor);
    else encoder.delete(name);
  }
  return { ...input, encoder };
}

const layerNames = (n: number) =>
  [
    "attention.self.qkv.weight",
    "attention.self.qkv.bias",
    "attention.output.dense.weight",
    "attention.output.dense.bias",
    "attention.output.LayerNorm.weight",
    "attention.output.LayerNorm.bias",
    "intermediate.dense.weight",
    "intermediate.dense.bias",
    "output.dense.weight",
    "output.dense.bias",
    "output.LayerNorm.weight",
    "output.LayerNorm.bias",
  ].map((name) => `encoder.layer.${n}.${name}`);

describe("packModel", () => {
  it("writes the encoder in the order of its use, then each head, then the tokenizer", async () => {
    const tables = new Map([
      ["vocab", Uint8Array.of(1, 2, 3)],
      ["more", Uint8Array.of(4)],
    ]);
    const tensors = await pack({ ...tinyInput(), tokenizer: { config: {}, tables } });
    expect([...tensors.keys()]).toEqual([
      "embeddings.word_embeddings.weight",
      "embeddings.position_embeddings.weight",
      "embeddings.token_type_embeddings.weight",
      "embeddings.LayerNorm.weight",
      "embeddings.LayerNorm.bias",
      ...layerNames(0),
      ...layerNames(1),
      "pooler.dense.weight",
      "pooler.dense.bias",
      "heads.mood.classifier.weight",
      "heads.mood.classifier.bias",
      "heads.entities.classifier.weight",
      "heads.entities.classifier.bias",
      "heads.words.cls.predictions.transform.dense.weight",
      "heads.words.cls.predictions.transform.dense.bias",
      "heads.words.cls.predictions.transform.LayerNorm.weight",
      "heads.words.cls.predictions.transform.LayerNorm.bias",
      "heads.words.cls.predictions.bias",
      "tokenizer.vocab",
      "tokenizer.more",
    ]);
  });

  describe.each(QUANTIZATIONS)("in %s", (quantization) => {
    it("begins every weight at a multiple of 16 bytes, in the file and from the first tensor", async () => {
      const odd = { hidden_size: 12, intermediate_size: 17, vocab_size: 19, max_position_embeddings: 5 };
      const input = { ...tinyInput(odd), quantization };
      const tables = new Map([["vocab", new Uint8Array(5)]]);
      const file = await packModel({ ...input, tokenizer: { config: {}, tables } });
      const { tensors } = readSafetensors(file);
      const first = tensors.values().next().value!.bytes.byteOffset;
      expect(first % 64).toBe(0);
      for (const [name, { bytes }] of tensors) {
        if (name.startsWith(TOKENIZER_PREFIX)) continue;
        expect([name, (bytes.byteOffset - first) % 16, bytes.byteLength % 16]).toEqual([name, 0, 0]);
      }
    });

    it("keeps LayerNorms, biases and segments in f32", async () => {
      const tensors = await pack({ ...tinyInput(), quantization });
      const exact = [...tensors].filter(([name]) => /LayerNorm|bias$|token_type/.test(name));
      for (const [name, { dtype }] of exact) expect([name, dtype]).toEqual([name, "F32"]);
      const scales = [...tensors.keys()].filter((name) => /(token_type|LayerNorm).*scale$/.test(name));
      expect(scales).toEqual([]);
    });
  });

  it("keeps every f32 weight as it was", async () => {
    const input = tinyInput();
    const tensors = await pack(input);
    const check = (name: string, N: number, K: number) =>
      expect(unpack(tensors, name, N, K)).toEqual(values(input.encoder, `${name}.weight`));
    check("embeddings.word_embeddings", 20, 16);
    check("embeddings.position_embeddings", 12, 16);
    check("embeddings.token_type_embeddings", 2, 16);
    check("encoder.layer.1.intermediate.dense", 32, 16);
    check("encoder.layer.1.output.dense", 16, 32);
    check("pooler.dense", 16, 16);
    const name = "encoder.layer.0.output.LayerNorm.weight";
    expect(values(tensors, name)).toEqual(values(input.encoder, name));
  });

  it("lays a small f32 matrix out in panels of eight outputs, input by input", async () => {
    const type = Float32Array.from({ length: 2 * 16 }, (_, i) => i + 1);
    const tensors = await pack(withEncoder({ "embeddings.token_type_embeddings.weight": f32([2, 16], type) }));
    const packed = toFloat32(tensors.get("embeddings.token_type_embeddings.weight")!);
    // [16/8 panels][16 inputs][8 outputs]; only outputs 0 and 1 hold anything.
    const panel = Array.from({ length: 16 }, (_, k) => [1 + k, 17 + k, ...zeros(6)]).flat();
    expect([...packed]).toEqual([...panel, ...zeros(128)]);
  });

  it("quantises each output, rotated, by its own greatest weight to −63…63 around 64", async () => {
    const N = 32;
    const K = 16;
    const w = new Float32Array(N * K);
    w.set([63, -63, 1, -1, 31.25, 0.75, 0.25, -0.75], 0);
    w.set([0.5, 0.28125, -0.5], K);
    const name = "encoder.layer.0.intermediate.dense";
    const weight = f32([N, K], rotateRows(w, N, K));
    const tensors = await pack({ ...withEncoder({ [`${name}.weight`]: weight }), quantization: "int8" });
    expect(vector(tensors, `${name}.scale`)).toEqual([1, Math.fround(0.5 / 63), ...zeros(30)]);
    const { dtype, bytes } = tensors.get(`${name}.weight`)!;
    expect(dtype).toBe("U8");
    // The first panel: four inputs of each of eight outputs, then the next four.
    const none = Array<number>(24).fill(64);
    expect([...bytes.subarray(0, 64)]).toEqual([
      127,
      1,
      65,
      63,
      127,
      99,
      1,
      64,
      ...none,
      95,
      65,
      64,
      63,
      ...Array(28).fill(64),
    ]);
    expect(bytes.subarray(64).every((byte) => byte === 64)).toBe(true);
  });

  it("comes within half a level of every int8 weight, rotated", async () => {
    const input: PackInput = { ...tinyInput(), quantization: "int8" };
    const tensors = await pack(input);
    for (const [name, N, K] of [
      ["embeddings.word_embeddings", 20, 16],
      ["encoder.layer.0.output.dense", 16, 32],
      ["pooler.dense", 16, 16],
    ] as const) {
      const scale = toFloat32(tensors.get(`${name}.scale`)!);
      const original = rotateRows(values(input.encoder, `${name}.weight`), N, K);
      unpack(tensors, name, N, K).forEach((value, i) => {
        expect(Math.abs(value - original[i]!)).toBeLessThanOrEqual(scale[Math.floor(i / K)]! * 0.5001);
      });
    }
  });

  it("holds in 4 bits what is large; what costs answers most in 7, a few rows exactly", async () => {
    const config = tinyConfig({ tie_word_embeddings: false, vocab_size: 1025, id2label: { 0: "a", 1: "b" } });
    const encoder = randomTensors(shapesOf(config, true));
    const heads = ["BertForSequenceClassification", "BertForMaskedLM"].map((name) => randomHead(name, config));
    const tensors = await pack({ config, encoder, heads, quantization: "int4" });
    const form = (name: string) =>
      tensors.has(`${name}.multiplier`) ? "int4" : tensors.has(`${name}.scale`) ? "int8" : "f32";
    const matrices = [...tensors].flatMap(([name, { shape }]) =>
      shape.length === 2 && name.endsWith(".weight") ? [name.slice(0, -".weight".length)] : [],
    );
    expect(Object.fromEntries(matrices.map((name) => [name, form(name)]))).toEqual({
      "embeddings.word_embeddings": "int4",
      "embeddings.position_embeddings": "int8",
      "embeddings.token_type_embeddings": "f32",
      "encoder.layer.0.attention.self.qkv": "int4",
      "encoder.layer.0.attention.output.dense": "int8",
      "encoder.layer.0.intermediate.dense": "int4",
      "encoder.layer.0.output.dense": "int4",
      "encoder.layer.1.attention.self.qkv": "int8",
      "encoder.layer.1.attention.output.dense": "int8",
      "encoder.layer.1.intermediate.dense": "int8",
      "encoder.layer.1.output.dense": "int8",
      "pooler.dense": "int8",
      "heads.text-classification.classifier": "f32",
      "heads.fill-mask.cls.predictions.transform.dense": "int8",
      "heads.fill-mask.cls.predictions.decoder": "int4",
    });
    const name = "embeddings.word_embeddings";
    const parts = ["weight", "multiplier", "scale"].map((part) => tensors.get(`${name}.${part}`)!);
    expect(parts.map(({ dtype, shape }) => [dtype, ...shape])).toEqual([
      ["U8", 1040, 8],
      ["I8", 1040, 1],
      ["F32", 1040],
    ]);
    const packed = packQm4w(rotateRows(values(encoder, `${name}.weight`), 1025, 16), 1025, 16);
    expect(parts[0]!.bytes).toEqual(packed.weight);
    expect(parts[1]!.bytes).toEqual(new Uint8Array(packed.multiplier.buffer));
  });

  it("joins query, key and value, each attention head padded to 16 columns", async () => {
    const input = tinyInput();
    const at = "encoder.layer.0.attention.self";
    const tensors = await pack(input);
    const qkv = unpack(tensors, `${at}.qkv`, 3 * 2 * 16, 16);
    const bias = vector(tensors, `${at}.qkv.bias`);
    for (const [p, part] of ["query", "key", "value"].entries()) {
      const w = values(input.encoder, `${at}.${part}.weight`);
      const b = values(input.encoder, `${at}.${part}.bias`);
      for (let head = 0; head < 2; head++) {
        const first = (p * 2 + head) * 16;
        // Eight rows of the head, eight of padding.
        expect([...qkv.subarray(first * 16, (first + 8) * 16)]).toEqual([...w.subarray(head * 128, (head + 1) * 128)]);
        expect([...qkv.subarray((first + 8) * 16, (first + 16) * 16)]).toEqual(zeros(128));
        expect(bias.slice(first, first + 16)).toEqual([...b.subarray(head * 8, (head + 1) * 8), ...zeros(8)]);
      }
    }
    // The output matrix skips the same padding in its inputs.
    const name = "encoder.layer.0.attention.output.dense";
    const out = unpack(tensors, name, 16, 32);
    const original = values(input.encoder, `${name}.weight`);
    for (let n = 0; n < 16; n++) {
      const row = original.subarray(n * 16, (n + 1) * 16);
      const padded = [...row.subarray(0, 8), ...zeros(8), ...row.subarray(8), ...zeros(8)];
      expect([...out.subarray(n * 32, (n + 1) * 32)]).toEqual(padded);
    }
  });

  it("pads odd sizes with what contributes nothing", async () => {
    const odd = { hidden_size: 12, intermediate_size: 17, vocab_size: 19, max_position_embeddings: 5 };
    const input = tinyInput(odd);
    const shapes: Record<string, number[]> = {
      "embeddings.word_embeddings.weight": [32, 16],
      "embeddings.position_embeddings.weight": [16, 16],
      "embeddings.LayerNorm.weight": [16],
      "encoder.layer.0.attention.self.qkv.weight": [96, 16],
      "encoder.layer.0.attention.output.dense.weight": [16, 32],
      "encoder.layer.0.intermediate.dense.weight": [32, 16],
      "encoder.layer.0.intermediate.dense.bias": [32],
      "encoder.layer.0.output.dense.weight": [16, 32],
      "heads.words.cls.predictions.bias": [32],
    };
    const f32 = await pack(input);
    const int8 = await pack({ ...input, quantization: "int8" });
    for (const [name, shape] of Object.entries(shapes)) {
      expect([name, f32.get(name)?.shape, int8.get(name)?.shape]).toEqual([name, shape, shape]);
    }
    const name = "encoder.layer.0.intermediate.dense";
    const original = values(input.encoder, `${name}.weight`);
    const inside = (n: number, k: number) => n < 17 && k < 12;
    const padded = Array.from({ length: 32 * 16 }, (_, i) => {
      const [n, k] = [Math.floor(i / 16), i % 16];
      return inside(n, k) ? original[n * 12 + k]! : 0;
    });
    expect([...unpack(f32, name, 32, 16)]).toEqual(padded);
    const levels = int8.get(`${name}.weight`)!.bytes;
    for (let n = 17; n < 32; n++) for (let k = 0; k < 16; k++) expect(levels[qc7wIndex(n, k, 16)]).toBe(64);
    expect(vector(int8, `${name}.scale`).slice(17)).toEqual(zeros(15));
    expect(vector(f32, "embeddings.LayerNorm.bias")).toEqual([
      ...values(input.encoder, "embeddings.LayerNorm.bias"),
      ...zeros(4),
    ]);
  });

  it.each(["F64", "F16", "BF16"] as const)("takes weights of %s", async (dtype) => {
    const bytes = { F64: [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], F16: [0x00, 0x3e], BF16: [0xc0, 0x3f] }[dtype];
    const name = "embeddings.LayerNorm.weight";
    const ones: TensorView = { dtype, shape: [16], bytes: Uint8Array.from(Array(16).fill(bytes).flat()) };
    expect(vector(await pack(withEncoder({ [name]: ones })), name)).toEqual(Array(16).fill(1.5));
  });

  describe("a head's", () => {
    it("last matrix stays f32 up to 1,024 outputs; every other is quantised", async () => {
      const config = tinyConfig({ tie_word_embeddings: false, vocab_size: 1025, id2label: { 0: "a", 1: "b" } });
      const encoder = randomTensors(shapesOf(config, true));
      const heads = ["BertForSequenceClassification", "BertForMaskedLM"].map((name) => randomHead(name, config));
      const tensors = await pack({ config, encoder, heads, quantization: "int8" });
      const dtypes = [...tensors].filter(([name]) => /^heads.*(classifier|dense|decoder).weight$/.test(name));
      expect(dtypes.map(([name, { dtype }]) => [name, dtype])).toEqual([
        ["heads.text-classification.classifier.weight", "F32"],
        ["heads.fill-mask.cls.predictions.transform.dense.weight", "U8"],
        ["heads.fill-mask.cls.predictions.decoder.weight", "U8"],
      ]);
    });

    it("spec names its tensors in the file, and those of the encoder that it shares", async () => {
      const [mood, , words] = (await header(tinyInput())).heads;
      expect(mood?.outputs[0]?.steps).toEqual([
        { op: "dense", weight: "pooler.dense", bias: "pooler.dense.bias", size: 16, activation: "tanh" },
        {
          op: "dense",
          weight: "heads.mood.classifier",
          bias: "heads.mood.classifier.bias",
          size: 2,
          activation: "none",
        },
      ]);
      expect(words?.outputs[0]?.steps[1]).toEqual({
        op: "layernorm",
        weight: "heads.words.cls.predictions.transform.LayerNorm",
      });
      expect(words?.outputs[0]?.steps[2]).toMatchObject({
        weight: "embeddings.word_embeddings",
        bias: "heads.words.cls.predictions.bias",
      });
    });

    it("weights are its own, also where two heads are of one class", async () => {
      const config = tinyConfig();
      const [a, b] = [1, 2].map((seed) => randomHead("BertForSequenceClassification", config, `head-${seed}`, seed));
      const tensors = await pack({ ...tinyInput(), heads: [a!, b!] });
      for (const { spec, tensors: own } of [a!, b!]) {
        expect(unpack(tensors, `heads.${spec.name}.classifier`, 2, 16)).toEqual(values(own, "classifier.weight"));
      }
    });
  });

  describe("the pooler", () => {
    const config = tinyConfig();
    const without = randomTensors(shapesOf(config, false));
    const bare: PackInput = { config, encoder: without, heads: [], quantization: "f32" };

    it("may be missing", async () => {
      expect((await pack(bare)).has("pooler.dense.weight")).toBe(false);
    });

    it("may be missing for heads over every token", async () => {
      const heads = [randomHead("BertForTokenClassification", config), randomHead("BertForMaskedLM", config)];
      expect((await pack({ ...bare, heads })).has("pooler.dense.weight")).toBe(false);
    });

    it("must be there for a head that uses it", () => {
      const heads = [randomHead("BertForNextSentencePrediction", config)];
      const missing = ["pooler.dense.weight is missing", "pooler.dense.bias is missing"];
      return expectError(() => packModel({ ...bare, heads }), "invalid_checkpoint", ...missing);
    });

    it("must be whole", () => {
      const encoder = new Map(without).set("pooler.dense.weight", f32([16, 16], zeros(256)));
      return expectError(() => packModel({ ...bare, encoder }), "invalid_checkpoint", "pooler.dense.bias is missing");
    });
  });

  describe("refuses", () => {
    it("every missing and every mis-shaped tensor at once, of the encoder and of the heads", () => {
      const input = withEncoder({
        "embeddings.LayerNorm.bias": undefined,
        "encoder.layer.1.output.dense.weight": undefined,
        "encoder.layer.0.intermediate.dense.weight": f32([16, 32], zeros(512)),
        "pooler.dense.bias": f32([16, 1], zeros(16)),
      });
      const [mood, entities] = input.heads;
      const heads = [
        { ...mood!, tensors: new Map() },
        { ...entities!, tensors: mood!.tensors },
      ];
      const problems = [
        "embeddings.LayerNorm.bias is missing",
        "encoder.layer.0.intermediate.dense.weight has shape [16, 32] where the config asks for [32, 16]",
        "encoder.layer.1.output.dense.weight is missing",
        "pooler.dense.bias has shape [16, 1] where the config asks for [16]",
        "head mood: classifier.weight is missing",
        "head mood: classifier.bias is missing",
        "head entities: classifier.weight has shape [2, 16] where the config asks for [3, 16]",
        "head entities: classifier.bias has shape [2] where the config asks for [3]",
      ];
      return expectError(() => packModel({ ...input, heads }), "invalid_checkpoint", problems.join("; "));
    });

    it("a layer too few for the config", () =>
      expectError(
        () => packModel({ ...tinyInput(), config: tinyConfig({ num_hidden_layers: 3 }) }),
        "invalid_checkpoint",
        "encoder.layer.2.attention.self.query.weight is missing",
      ));

    it("weights that are no floats", () =>
      expectError(
        () =>
          packModel(
            withEncoder({ "embeddings.LayerNorm.bias": { dtype: "I8", shape: [16], bytes: new Uint8Array(16) } }),
          ),
        "invalid_checkpoint",
        "I8 holds no weights",
      ));

    it.each(["f32", "int8", "int4"] as const)(
      "every tensor with weights that are no numbers, at once: %s",
      (quantization) => {
        const broken = (length: number, value: number) => Array.from({ length }, (_, i) => (i === 3 ? value : 0));
        const input = withEncoder({
          "embeddings.LayerNorm.bias": f32([16], broken(16, Number.NaN)),
          "encoder.layer.1.attention.self.key.weight": f32([16, 16], broken(256, Number.POSITIVE_INFINITY)),
        });
        return expectError(
          () => packModel({ ...input, quantization }),
          "invalid_checkpoint",
          "NaN or infinite weights in embeddings.LayerNorm.bias, encoder.layer.1.attention.self.key.weight",
        );
      },
    );

    it("two heads of one name", () => {
      const [mood] = tinyInput().heads;
      const input = { ...tinyInput(), heads: [mood!, mood!, mood!] };
      return expectError(() => packModel(input), "invalid_checkpoint", "there are several heads mood");
    });

    it.each(["", "a.b", "a b", "a/b", "../a"])("a head named %j, which no file can hold", (name) => {
      const heads = [randomHead("BertForMaskedLM", tinyConfig(), name)];
      return expectError(
        () => packModel({ ...tinyInput(), heads }),
        "invalid_checkpoint",
        `head "${name}" must be named`,
      );
    });
  });

  it("ignores tensors that the config does not ask for", async () => {
    const extra = withEncoder({
      "encoder.layer.2.output.dense.bias": f32([1], [1]),
      "cls.predictions.bias": f32([1], [1]),
    });
    expect(await packModel(extra)).toEqual(await packModel(tinyInput()));
  });

  it("leaves its input as it was", async () => {
    const input: PackInput = { ...tinyInput(), quantization: "int8" };
    await packModel(input);
    expect(input).toEqual({ ...tinyInput(), quantization: "int8" });
  });

  describe("the digest", () => {
    const digest = async (changes: Partial<PackInput> = {}) => (await header({ ...tinyInput(), ...changes })).digest;
    const tokenizer = (config: unknown, ...vocab: number[]) => {
      return { tokenizer: { config, tables: new Map([["vocab", Uint8Array.from(vocab)]]) } };
    };
    const origin: PackedOrigin = { name: "tiny", license: "mit" };
    const [mood, entities, words] = tinyInput().heads;

    it("is equal for equal contents, wherever they come from", async () => {
      expect(await digest()).toMatch(/^[0-9a-f]{64}$/);
      expect(await digest()).toBe(await digest());
      expect(await digest({ origin })).toBe(await digest());
    });

    it("differs for anything that an answer depends on", async () => {
      const bias = values(tinyInput().encoder, "pooler.dense.bias");
      bias[3]! += 2 ** -20;
      const digests = await Promise.all([
        digest(),
        digest({ quantization: "int8" }),
        digest({ encoder: withEncoder({ "pooler.dense.bias": f32([16], bias) }).encoder }),
        digest({ config: tinyConfig({ hidden_act: "relu" }) }),
        digest({ heads: [mood!, entities!] }),
        digest({ heads: [entities!, mood!, words!] }),
        digest({ heads: [{ ...mood!, spec: { ...mood!.spec, labels: ["good", "bad"] } }, entities!, words!] }),
        digest({ heads: [{ ...mood!, spec: { ...mood!.spec, name: "tone" } }, entities!, words!] }),
        digest(tokenizer({}, 1, 2)),
        digest(tokenizer({}, 1, 3)),
        digest(tokenizer({ doLowerCase: false }, 1, 2)),
      ]);
      expect(new Set(digests).size).toBe(digests.length);
    });
  });
});
