// A packed file is an ordinary safetensors file: the reference reader (Python's safetensors) finds the same tensors in it.
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/digest.ts";
import { packModel } from "../../src/model-file/pack.ts";
import { readSafetensors } from "../../src/safetensors.ts";
import { tinyInput } from "../builders.ts";

const LIST = `
import hashlib, json, sys
from safetensors import deserialize
tensors = deserialize(sys.stdin.buffer.read())
print(json.dumps([[n, t["dtype"], t["shape"], hashlib.sha256(bytes(t["data"])).hexdigest()] for n, t in tensors]))
`;

const python = (code: string, input?: Uint8Array) => spawnSync("python3", ["-c", code], { input, encoding: "utf8" });
const available = python("import safetensors").status === 0;

describe.each(["f32", "int8"] as const)("a packed file in %s", (quantization) => {
  it("is valid for the reference reader", async ({ skip }) => {
    if (!available) skip("needs python3 with the package safetensors");
    const tables = new Map([["vocab", Uint8Array.of(1, 2, 3)]]);
    const file = await packModel({ ...tinyInput(), quantization, tokenizer: { config: {}, tables } });
    const expected = await Promise.all(
      Array.from(readSafetensors(file).tensors, async ([name, { dtype, shape, bytes }]) => {
        return [name, dtype, shape, await sha256(bytes)];
      }),
    );
    const { stdout, stderr } = python(LIST, file);
    expect(stderr).toBe("");
    expect((JSON.parse(stdout) as unknown[]).sort()).toEqual(expected.sort());
  });
});
