// tf_model.h5 through h5wasm: datasets by path; damage is contained, and a crash inside wasm costs one instance and no more.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { withHdf5 } from "../../src/checkpoint/hdf5.node.ts";
import { readTensorFlow } from "../../src/checkpoint/tensorflow-h5.ts";
import { expectError } from "../expect-error.ts";
import { hostileHdf5 } from "../fuzz/hostile-hdf5.ts";

const golden = async () => new Uint8Array(await readFile("test/goldens/tf/bert-model/tf_model.h5"));
const KERNEL = "bert/tf_bert_model/bert/encoder/layer_._0/intermediate/dense/kernel:0";

describe("readTensorFlow", () => {
  it("names datasets by their path", async () => {
    expect((await readTensorFlow(await golden())).get(KERNEL)).toMatchObject({ dtype: "F32", shape: [32, 64] });
  });

  it("reads compressed datasets and those of double precision, and leaves texts out", async () => {
    const file = await withHdf5(({ library }) => {
      const h5 = new library.File("/made.h5", "w");
      const data = Float32Array.from({ length: 64 }, (_, index) => index);
      h5.create_dataset({ name: "packed", data, shape: [8, 8], chunks: [4, 8], compression: 4 });
      h5.create_dataset({ name: "double", data: Float64Array.of(1, 2), shape: [2], dtype: "<d" });
      h5.create_dataset({ name: "note", data: ["text"] });
      h5.close();
      return library.FS!.readFile("/made.h5").slice();
    });
    const tensors = await readTensorFlow(file);
    expect([...tensors.keys()]).toEqual(["double", "packed"]);
    expect(tensors.get("double")?.dtype).toBe("F64");
    expect(new Float32Array(tensors.get("packed")!.bytes.buffer)[63]).toBe(63);
  });

  it("refuses hostile files", async () => {
    for (const { file, says } of await hostileHdf5())
      await expectError(() => readTensorFlow(file), "invalid_checkpoint", says);
  });

  it("prints nothing of its own about damage", async () => {
    const script = `
      import { readFile } from "node:fs/promises";
      import { readTensorFlow } from "./src/checkpoint/tensorflow-h5.ts";
      const file = await readFile("test/goldens/tf/bert-model/tf_model.h5");
      await readTensorFlow(file.subarray(0, 5000)).catch((error) => console.log(error.name));`;
    const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
    expect(await run).toEqual({ stdout: "BertletError\n", stderr: "" });
  });
});

describe("a crash inside the library", () => {
  it("is an error, and the next file is read by a fresh instance", async () => {
    const before = await withHdf5(({ module }) => module);
    const crash = () =>
      withHdf5(() => {
        throw new WebAssembly.RuntimeError("unreachable");
      });
    await expectError(crash, "invalid_checkpoint", "the HDF5 library cannot read it");
    expect((await readTensorFlow(await golden())).size).toBe(39);
    expect(await withHdf5(({ module }) => module)).not.toBe(before);
  });

  it("is not what an ordinary refusal is", async () => {
    const before = await withHdf5(({ module }) => module);
    await expectError(async () => readTensorFlow((await golden()).slice(0, 5000)), "invalid_checkpoint");
    expect(await withHdf5(({ module }) => module)).toBe(before);
  });
});
