// A packed file's own digest.
import { expect, test } from "vitest";
import { removeHead } from "../../src/model-file/edit-heads.ts";
import { packModel } from "../../src/model-file/pack.ts";
import { verifyPacked } from "../../src/model-file/verify.ts";
import { readSafetensors, writeSafetensors } from "../../src/safetensors.ts";
import { tinyInput } from "../builders.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";

const file = await packModel(tinyInput());
const { metadata, tensors } = readSafetensors(file);

test("the bundled model, and a file after a head was removed, are what was written", async () => {
  const bundled = (await readFixture("models/minilm-l6-heads/model.safetensors"))!;
  expect(await verifyPacked(bundled)).toBe(readSafetensors(bundled).metadata.digest);
  expect(await verifyPacked(file)).toBe(metadata.digest);
  expect(await verifyPacked(await removeHead(file, "mood"))).not.toBe(metadata.digest);
});

test("a changed bit of any tensor is found", async () => {
  for (const { bytes } of tensors.values()) {
    const damaged = file.slice();
    damaged[bytes.byteOffset + bytes.byteLength - 1]! ^= 1;
    await expectError(() => verifyPacked(damaged), "invalid_checkpoint", "changed or damaged");
  }
});

test("changed settings are found, and so is a file without a digest", async () => {
  const { digest, ...settings } = metadata;
  const renamed = writeSafetensors(tensors, { ...metadata, heads: metadata.heads!.replaceAll("mood", "tone") });
  await expectError(() => verifyPacked(renamed), "invalid_checkpoint", "changed or damaged");
  await expectError(() => verifyPacked(writeSafetensors(tensors, settings)), "invalid_checkpoint", "no digest");
});
