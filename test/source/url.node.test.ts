// A model's folder behind a URL, and a packed file behind one.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { BertModel } from "../../src/models/bert-model.ts";
import { openSource } from "../../src/source/source.ts";
import { expectError } from "../expect-error.ts";
import { LocalHub } from "./local-hub.ts";

const GOLDEN = "test/goldens/torch/bert-model-odd";
let hub: LocalHub;

beforeEach(async () => {
  hub = await new LocalHub().start();
  for (const name of ["config.json", "model.safetensors"])
    hub.files.set(name, new Uint8Array(await readFile(`${GOLDEN}/${name}`)));
});
afterEach(() => hub.stop());

const url = () => `${hub.endpoint}/store`;

describe("a folder's URL", () => {
  it.each(["", "/"])("lists the usual files and reads them (with %j at its end)", async (end) => {
    const source = await openSource(url() + end);
    expect(await source.list()).toEqual(["config.json", "model.safetensors"]);
    expect(await source.read("model.safetensors")).toEqual(hub.files.get("model.safetensors"));
    expect(await source.read("heads/none/config.json")).toBeUndefined();
  });

  it("loads a model", async () => {
    const model = await BertModel.fromPretrained(url());
    expect(model.config.hidden_size).toBe(36);
    await model.release();
  });

  it("sends a token", async () => {
    hub.faults.token = "secret";
    expect(await (await openSource(url(), { token: "secret" })).list()).toHaveLength(2);
    await expectError(async () => (await openSource(url())).list(), "forbidden", "answered with status 401");
  });

  it.each(["../secret", "a/../b", "", "a\\..\\b"])("has no file %j", async (name) => {
    const source = await openSource(url());
    await expectError(() => source.read(name), "invalid_input", "is not the name of a file");
  });

  it("tells of failures", async () => {
    const source = await openSource(url());
    hub.faults.cut = { after: 10, times: 1 };
    await expectError(
      () => source.read("model.safetensors"),
      "unavailable",
      "the download of model.safetensors broke off",
    );
    hub.faults.status = 500;
    await expectError(() => source.read("config.json"), "unavailable", "answered with status 500");
    await hub.stop();
    await expectError(() => source.read("config.json"), "unavailable", `${hub.endpoint} cannot be reached`);
  });
});

describe("a packed file", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bertlet-url-"));
    const packed = await packCheckpoint(await openSource(GOLDEN), { quantization: "f32" });
    await writeFile(join(folder, "tiny.safetensors"), packed);
    hub.files.set("tiny.safetensors", packed);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is loaded by its path and by its URL", async () => {
    for (const source of [join(folder, "tiny.safetensors"), `${url()}/tiny.safetensors`]) {
      const model = await BertModel.fromPretrained(source);
      expect(model.config.hidden_size).toBe(36);
      await model.release();
    }
  });

  it("that is not there is told", async () => {
    await expectError(() => BertModel.fromPretrained(join(folder, "no.safetensors")), "not_found", "there is no file");
    await expectError(() => BertModel.fromPretrained(`${url()}/no.safetensors`), "not_found", "there is nothing at");
  });
});
