import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

// The flag is the whole process's, so each case has a process of its own.
const run = promisify(execFile);

/** Runs `body` in a new process, with the module's exports at hand, and returns what it prints. */
async function inNewProcess(body: string): Promise<string> {
  const imports = `
    import { readFile } from "node:fs/promises";
    import { createHash } from "node:crypto";
    import { Tensor } from "onnxruntime-common";
    import { KernelSession } from "./src/wasm/kernel/session.ts";
    import { enableRevectorization } from "./src/wasm/kernel/revectorization.ts";
  `;
  const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "--eval", imports + body]);
  expect(stderr).toBe("");
  return stdout.trim();
}

/** Prints a hash of all bits of a model's hidden states, after enough runs for V8's optimising compiler to have replaced all code. */
const hashOfRuns = `
  const session = await KernelSession.create(await readFile("models/minilm-l6-heads/model.safetensors"));
  let output;
  for (let i = 0; i < 40; i++) {
    const ids = Int32Array.from({ length: 64 }, (_, n) => 1000 + 37 * n);
    output = (await session.run({ input_ids: new Tensor("int32", ids, [1, 64]) }, ["last_hidden_state"])).last_hidden_state;
  }
  console.log(createHash("sha256").update(output.data).digest("hex"));
`;

describe("enableRevectorization", () => {
  it("is on in Node on x64 and off on other processors", async () => {
    const isOn = await inNewProcess("console.log(await enableRevectorization())");
    expect(isOn).toBe(String(process.arch === "x64"));
  });

  it("changes no bit of a model's outputs", async () => {
    const enabled = await inNewProcess(`await enableRevectorization();${hashOfRuns}`);
    expect(enabled).toMatch(/^[0-9a-f]{64}$/);
    expect(await inNewProcess(hashOfRuns)).toBe(enabled);
  });
});
