// A written folder is the reference's: transformers loads it, and computes the same.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { writeCheckpoint } from "../../src/checkpoint/write-checkpoint.ts";
import { openSource } from "../../src/source/source.ts";
import { missingReference, reference } from "../functions/python.ts";

const COMPARE = `
import sys, torch
from transformers import AutoConfig
import transformers
original, written, dtype = sys.argv[1:4]
kind = getattr(transformers, AutoConfig.from_pretrained(written).architectures[0])
ids = torch.tensor([[7, 19, 230, 4, 11]])
models = []
for folder in (original, written):
    model, info = kind.from_pretrained(folder, output_loading_info=True, torch_dtype=torch.float32)
    assert not info["missing_keys"] and not info["mismatched_keys"], info
    # The weights as dtype holds them, computed with in float32.
    models.append(model.to(getattr(torch, dtype)).float().eval())
first, second = models
with torch.no_grad():
    before = first(ids)[0].clone()
    # In the same memory, whose alignment decides how torch rounds.
    first.load_state_dict(second.state_dict())
    print(float((first(ids)[0] - before).abs().max()))
`;

const reason = await missingReference("torch", "transformers");

describe.skipIf(reason)(`the reference${reason ? ` (${reason})` : ""}`, () => {
  it.each([
    ["bert-model", "float32"],
    ["sequence-classification", "float32"],
    ["token-classification", "float16"],
    ["masked-lm", "float32"],
    ["masked-lm-untied", "float16"],
    ["question-answering-odd", "float32"],
  ] as const)("loads %s written in %s, and computes the same", async (name, dtype) => {
    const original = `test/goldens/torch/${name}`;
    const checkpoint = await readCheckpoint(await openSource(original));
    const head = checkpoint.heads[0]?.spec.name;
    const written = await mkdtemp(join(tmpdir(), "bertlet-written-"));
    try {
      const files = writeCheckpoint(checkpoint, { dtype, ...(head !== undefined && { head }) });
      for (const [file, bytes] of files) await writeFile(join(written, file), bytes);
      const { stdout, stderr } = await reference("-c", COMPARE, resolve(original), written, dtype);
      expect(Number(stdout.trim() || Number.NaN), stderr).toBe(0);
    } finally {
      await rm(written, { recursive: true });
    }
  });
});
