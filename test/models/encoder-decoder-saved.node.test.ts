// A saved EncoderDecoderModel, loaded and run by the reference (transformers 4.46.3), where Python has it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EncoderDecoderModel } from "../../src/models/encoder-decoder.ts";
import { readFixture } from "../fixtures.ts";
import { reference } from "../functions/python.ts";
import { readGolden } from "../goldens.ts";

const GENERATE = `
import json, sys
from transformers import EncoderDecoderModel
model, info = EncoderDecoderModel.from_pretrained(sys.argv[1], output_loading_info=True)
import torch
ids = torch.tensor([[5, 9, 12, 7, 30]])
rows = model.eval().generate(ids, max_new_tokens=8, num_beams=2)
print(json.dumps({"missing": info["missing_keys"], "unexpected": info["unexpected_keys"], "rows": rows.tolist()}))
`;

const found = await reference("-c", "import torch, transformers; assert transformers.__version__ == '4.46.3'");
const reason = found.code === 0 ? "" : " (skipped: python has no torch and transformers 4.46.3; set BERTLET_REFERENCE)";

test.skipIf(reason)(`the reference reads what was saved, and generates the same${reason}`, async () => {
  const FOLDER = "relatives/encoder-decoder";
  const { files } = await readGolden(FOLDER);
  const settings = (await readFixture(`test/goldens/${FOLDER}/generation_config.json`))!;
  const model = await EncoderDecoderModel.fromPretrained({ ...files, "generation_config.json": settings });
  const folder = await mkdtemp(join(tmpdir(), "bertlet-"));
  try {
    await model.savePretrained(folder);
    const { code, stdout, stderr } = await reference("-c", GENERATE, folder);
    expect(code, stderr).toBe(0);
    const rows = await model.generate([[5, 9, 12, 7, 30]], { maxNewTokens: 8, numBeams: 2 });
    expect(JSON.parse(stdout.trim().split("\n").at(-1)!)).toEqual({ missing: [], unexpected: [], rows });
  } finally {
    await model.release();
    await rm(folder, { recursive: true });
  }
});
