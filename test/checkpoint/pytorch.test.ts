// pytorch_model.bin: both forms give safetensors' very bytes; every way in which a tensor lies in a storage; and nothing is ever run.
import { describe, expect, it } from "vitest";
import { readPytorch } from "../../src/checkpoint/pytorch/pytorch-bin.ts";
import { type Dtype, readSafetensors, toFloat32 } from "../../src/safetensors.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";
import { HOSTILE_PYTORCH } from "../fuzz/hostile.ts";
import { checkpoint, join, olderCheckpoint, type PickledTensor, pickled, short, tensor, zip } from "./pickles.ts";

const golden = async (path: string) => (await readFixture(`test/goldens/torch/${path}`))!;
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe("a checkpoint of the reference", () => {
  it.each(["bert-model-odd", "masked-lm-untied"])("in the zip form has the bytes of safetensors (%s)", async (name) => {
    const tensors = readPytorch(await golden(`${name}/pytorch_model.bin`));
    const { tensors: expected } = readSafetensors(await golden(`${name}/model.safetensors`));
    expect(expected.size).toBeGreaterThan(20);
    for (const [key, tensor] of expected) expect(tensors.get(key), key).toEqual(tensor);
  });

  it("in the older form has tensors by their old names", async () => {
    const tensors = readPytorch(await golden("old-names/pytorch_model.bin"));
    expect(tensors.get("embeddings.LayerNorm.gamma")).toMatchObject({ dtype: "F32", shape: [32] });
    expect(tensors.get("encoder.layer.1.output.dense.weight")?.shape).toEqual([32, 64]);
  });

  it("is read in place", async () => {
    const file = await golden("masked-lm-untied/pytorch_model.bin");
    for (const { bytes } of readPytorch(file).values()) expect(bytes.buffer).toBe(file.buffer);
  });
});

describe("a tensor in a storage", () => {
  const storage = floats(0, 1, 2, 3, 4, 5);
  const read = (shape: readonly number[], strides: readonly number[], offset = 0) => {
    const file = checkpoint({ x: { numel: 6, shape, strides, offset } }, { 0: storage });
    const x = readPytorch(file).get("x")!;
    return { shape: x.shape, values: [...toFloat32(x)], inPlace: x.bytes.buffer === file.buffer };
  };

  it.each([
    ["in order", [2, 3], [3, 1], 0, [0, 1, 2, 3, 4, 5], true],
    ["sliced", [2], [1], 3, [3, 4], true],
    ["transposed", [3, 2], [1, 3], 0, [0, 3, 1, 4, 2, 5], false],
    ["every other", [3], [2], 1, [1, 3, 5], false],
    ["a column", [2, 1], [3, 1], 2, [2, 5], false],
    ["with an axis of one, whose stride means nothing", [1, 3], [99, 1], 0, [0, 1, 2], true],
    ["a scalar", [], [], 4, [4], true],
    ["empty", [0, 3], [3, 1], 0, [], true],
    ["repeated by a stride of 0", [2, 3], [0, 1], 0, [0, 1, 2, 0, 1, 2], false],
  ])("%s", (_, shape, strides, offset, values, inPlace) => {
    expect(read(shape, strides, offset)).toEqual({ shape, values, inPlace });
  });

  it("may be shared, and is not copied then", () => {
    const x = { numel: 6, shape: [6], strides: [1] };
    const [one, two] = [...readPytorch(checkpoint({ one: x, two: x }, { 0: storage })).values()];
    expect(one!.bytes.byteOffset).toBe(two!.bytes.byteOffset);
  });

  it.each<[Dtype, number]>([
    ["F64", 8],
    ["F32", 4],
    ["F16", 2],
    ["BF16", 2],
    ["I64", 8],
    ["I32", 4],
    ["I16", 2],
    ["I8", 1],
    ["U8", 1],
    ["BOOL", 1],
  ])("may be of %s", (dtype, size) => {
    const bytes = Uint8Array.from({ length: 2 * size }, (_, index) => index);
    const file = checkpoint({ x: { numel: 2, shape: [2], strides: [1], dtype } }, { 0: bytes });
    expect(readPytorch(file).get("x")).toEqual({ dtype, shape: [2], bytes });
  });
});

describe("the older form", () => {
  const storage = floats(0, 1, 2, 3, 4, 5);
  const x = { numel: 6, shape: [2], strides: [1], offset: 1 };

  it("has tensors of parts of a storage", () => {
    const view = { key: "v", offset: 3, numel: 3 };
    const tensors = readPytorch(olderCheckpoint({ x, y: { ...x, view } }, storage, 6));
    expect([...tensors.values()].map((tensor) => [...toFloat32(tensor)])).toEqual([
      [1, 2],
      [4, 5],
    ]);
  });

  it("is refused with a part that leads out, a tensor that leads out of its part, or another length", async () => {
    const refused = (view: PickledTensor["view"], claimed: number, says: string) =>
      expectError(
        () => readPytorch(olderCheckpoint({ x: { ...x, ...(view && { view }) } }, storage, claimed)),
        "invalid_checkpoint",
        says,
      );
    await refused({ key: "v", offset: 4, numel: 3 }, 6, "a view leads out of storage 0");
    await refused({ key: "v", offset: 4, numel: 2 }, 6, "x leads out of its storage");
    await refused(undefined, 5, "storage 0 has another length");
    await refused(undefined, 7, "storage 0 has another length");
  });
});

describe("a state dict", () => {
  it("may hold other values, which are left out", () => {
    expect(readPytorch(pickled("}(", short("epoch"), "K\x03", short("name"), short("x"), "u"))).toEqual(new Map());
  });

  it("may have attributes, which are left out", () => {
    expect(readPytorch(pickled("ccollections\nOrderedDict\n)R}(", short("_metadata"), "}ub"))).toEqual(new Map());
  });

  it("may be of parameters", () => {
    const x = tensor({ numel: 1, shape: [1], strides: [1] });
    const parameter = join("ctorch._utils\n_rebuild_parameter\n(", x, "\x88}tR");
    const pickle = join("\x80\x02}(", short("x"), parameter, "u.");
    const file = zip({ "model/data.pkl": pickle, "model/data/0": floats(7) });
    expect([...toFloat32(readPytorch(file).get("x")!)]).toEqual([7]);
  });
});

describe("a hostile file", () => {
  it.each(HOSTILE_PYTORCH)("is refused: $name", ({ file, says }) =>
    expectError(() => readPytorch(file), expect.stringMatching(/^(invalid_checkpoint|unsupported)$/), says),
  );

  it.each([0, 1, 100, 1000])("is refused when %i bytes are left of it", async (length) => {
    for (const name of ["bert-model-odd", "old-names"]) {
      const file = (await golden(`${name}/pytorch_model.bin`)).slice(0, length);
      await expectError(() => readPytorch(file), "invalid_checkpoint", "not a valid");
    }
  });
});
