// Models from the Hub: which files come, what is asked of the Hub, what the cache keeps, and what every failure says.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BertModel } from "../../src/models/bert-model.ts";
import type { HubOptions } from "../../src/source/hub.ts";
import { openSource } from "../../src/source/source.ts";
import { expectError } from "../expect-error.ts";
import { COMMIT, LocalHub } from "./local-hub.ts";

let hub: LocalHub;
let cacheDir: string;
const weights = Uint8Array.from({ length: 200_000 }, (_, index) => index * 7);
const NAME = "model.safetensors";

beforeEach(async () => {
  hub = await new LocalHub().start();
  hub.files.set("config.json", new TextEncoder().encode('{"hidden_size": 36}'));
  hub.files.set(NAME, weights);
  hub.files.set("heads/mood/config.json", new TextEncoder().encode("{}"));
  cacheDir = await mkdtemp(join(tmpdir(), "bertlet-hub-"));
});
afterEach(async () => {
  await hub.stop();
  await rm(cacheDir, { recursive: true });
});

const open = (id = "acme/tiny", options: HubOptions = {}) =>
  openSource(id, { endpoint: hub.endpoint, cacheDir, ...options });
const read = async (name = NAME, options: HubOptions = {}) => {
  const bytes = await (await open("acme/tiny", options)).read(name);
  return bytes && new Uint8Array(bytes);
};
const blobs = () => readdir(join(cacheDir, "models--acme--tiny", "blobs")).catch(() => []);

describe("a Hub id", () => {
  it.each(["acme/tiny", "tiny"])("%s lists and reads the model's files", async (id) => {
    const source = await open(id);
    expect(await source.list()).toEqual(["config.json", NAME, "heads/mood/config.json"]);
    expect(await source.read(NAME)).toEqual(weights);
    expect(await source.read("heads/mood/config.json")).toEqual(new TextEncoder().encode("{}"));
    expect(await source.read("vocab.txt")).toBeUndefined();
  });

  it("gives way to a folder of that name", async () => {
    const folder = join(cacheDir, "acme", "tiny");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "here.txt"), "");
    const before = process.cwd();
    process.chdir(cacheDir);
    try {
      expect(await (await open()).list()).toEqual(["here.txt"]);
    } finally {
      process.chdir(before);
    }
    expect(hub.seen).toEqual([]);
  });

  it.each(["./acme/tiny", "acme/tiny/more", "../tiny", "acme\\tiny", "/acme/tiny"])(
    "is not %s, which is a path",
    (path) => expectError(() => open(path), "not_found", `there is no folder ${path}`),
  );

  it("is read at a revision", async () => {
    expect(await read(NAME, { revision: "v1" })).toEqual(weights);
    expect(hub.seen[0]?.path).toContain("/revision/v1");
    expect(hub.downloads(NAME)[0]?.path).toContain(COMMIT);
  });

  it("loads a model", async () => {
    const golden = "test/goldens/torch/bert-model-odd";
    for (const name of ["config.json", NAME]) hub.files.set(name, new Uint8Array(await readFile(`${golden}/${name}`)));
    const model = await BertModel.fromPretrained("acme/tiny", { endpoint: hub.endpoint, cacheDir });
    expect(model.config.hidden_size).toBe(36);
    await model.release();
  });
});

describe("the cache", () => {
  it("downloads a file once", async () => {
    await read();
    expect(await read()).toEqual(weights);
    expect(hub.downloads(NAME)).toHaveLength(1);
  });

  it("is laid out as huggingface_hub's", async () => {
    await read();
    const folder = join(cacheDir, "models--acme--tiny");
    expect(await readFile(join(folder, "refs", "main"), "utf8")).toBe(COMMIT);
    expect(new Uint8Array(await readFile(join(folder, "snapshots", COMMIT, NAME)))).toEqual(weights);
    expect(await blobs()).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it("answers without a network", async () => {
    await read();
    await hub.stop();
    expect(await read()).toEqual(weights);
    expect(await (await open()).list()).toEqual([NAME]);
  });

  it("answers alone when asked to", async () => {
    await read();
    const asked = hub.seen.length;
    expect(await read(NAME, { localFilesOnly: true })).toEqual(weights);
    expect(await read(NAME, { localFilesOnly: true, revision: COMMIT })).toEqual(weights);
    expect(hub.seen.length).toBe(asked);
    await expectError(() => read(NAME, { localFilesOnly: true, revision: "v1" }), "not_found", "is not in the cache");
  });

  it("can be left out", async () => {
    expect(await read(NAME, { cacheDir: false })).toEqual(weights);
    expect(await blobs()).toEqual([]);
  });

  it("is not believed when a blob has another size", async () => {
    await read();
    const [blob] = await blobs();
    await writeFile(join(cacheDir, "models--acme--tiny", "blobs", blob!), "cut");
    expect(await read()).toEqual(weights);
  });

  it("keeps files inside", async () => {
    hub.files.set("../../../escape", weights);
    await expectError(() => read("../../../escape"), "invalid_input", "is not the name of a file");
    await expectError(() => open("acme/tiny", { revision: "../../../x", localFilesOnly: true }), "invalid_input");
  });
});

describe("a download that breaks off", () => {
  it("goes on from where it was", async () => {
    hub.faults.cut = { after: 50_000, times: 2 };
    expect(await read()).toEqual(weights);
    expect(hub.downloads(NAME).map(({ range }) => range)).toEqual([
      undefined,
      "bytes=50000-199999",
      "bytes=100000-199999",
    ]);
  });

  it("goes on in the next process, and leaves nothing half-written until then", async () => {
    hub.faults.cut = { after: 10_000, times: 3 };
    await expectError(() => read(), "unavailable", `download of ${NAME} broke off after 30000 of 200000 bytes`);
    expect(await blobs()).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.incomplete$/)]);
    await expectError(() => read(NAME, { localFilesOnly: true }), "not_found");
    expect(await read()).toEqual(weights);
    expect(hub.downloads(NAME).at(-1)?.range).toBe("bytes=30000-199999");
    expect(await blobs()).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it("begins again where the server knows no ranges", async () => {
    hub.faults.cut = { after: 10_000, times: 1 };
    hub.faults.rangeless = true;
    await read().catch(() => {});
    expect(await read()).toEqual(weights);
  });

  it("begins again when what was there is something else", async () => {
    hub.faults.cut = { after: 10_000, times: 3 };
    await expectError(() => read(), "unavailable");
    const [partial] = await blobs();
    await writeFile(join(cacheDir, "models--acme--tiny", "blobs", partial!), new Uint8Array(20_000));
    expect(await read()).toEqual(weights);
  });

  it("goes on in memory, too", async () => {
    hub.faults.cut = { after: 50_000, times: 2 };
    expect(await read(NAME, { cacheDir: false })).toEqual(weights);
  });
});

describe("a checksum that is wrong", () => {
  it.each([NAME, "config.json"])("refuses %s and keeps nothing of it", async (name) => {
    hub.faults.damaged = true;
    await expectError(() => read(name), "invalid_checkpoint", `${name} arrived damaged`);
    expect(await blobs()).toEqual([]);
    hub.faults.damaged = false;
    expect(await read(name)).toEqual(hub.files.get(name));
  });

  it("refuses it without a cache", async () => {
    hub.faults.damaged = true;
    await expectError(() => read(NAME, { cacheDir: false }), "invalid_checkpoint", `${NAME} arrived damaged`);
  });
});

describe("a token", () => {
  beforeEach(() => {
    hub.faults.token = "secret";
  });

  it("lets in", async () => {
    expect(await read(NAME, { token: "secret" })).toEqual(weights);
  });

  it("is asked for where it is missing", () =>
    expectError(() => read(), "forbidden", "wants a token (401): there is no such model, or it is not public"));

  it("stays with the Hub when files are elsewhere", async () => {
    const store = await new LocalHub().start();
    store.files.set(NAME, weights);
    hub.faults.store = store.endpoint;
    expect(await read(NAME, { token: "secret" })).toEqual(weights);
    expect(store.seen.length).toBeGreaterThan(0);
    expect(store.seen.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    await store.stop();
  });

  it("stays with the Hub when its list goes on elsewhere", async () => {
    const other = await new LocalHub().start();
    other.files.set("vocab.txt", weights);
    hub.faults.next = other.endpoint;
    const source = await open("acme/tiny", { token: "secret" });
    expect(await source.list()).toContain("vocab.txt");
    expect(other.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
    await other.stop();
  });
});

describe("a failure", () => {
  it.each([
    [403, "forbidden", "refuses access (403)"],
    [404, "not_found", "has no such model, revision or file (404)"],
    [500, "unavailable", "failed with status 500"],
  ] as const)("with status %i is reported as %s", (status, type, message) => {
    hub.faults.status = status;
    return expectError(() => open(), type, hub.endpoint, "acme/tiny", message);
  });

  it("of an unknown model or revision is told", async () => {
    await expectError(() => open("acme/other"), "not_found", "has no such model");
    await expectError(() => open("acme/tiny", { revision: "v9" }), "not_found", "has no such model, revision");
  });

  it("to connect is told", async () => {
    await hub.stop();
    const parts = ["there is no folder acme/tiny", `the Hub at ${hub.endpoint} cannot be reached`, "not in the cache"];
    await expectError(() => open(), "unavailable", ...parts);
  });
});
