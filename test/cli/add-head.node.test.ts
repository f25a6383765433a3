// bertlet add-head: a head file becomes a part of a packed model.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeHeadFile } from "../../src/checkpoint/head-file.ts";
import { packModel } from "../../src/model-file/pack.ts";
import { readPackedHeader } from "../../src/model-file/packed.ts";
import { randomHead, tinyConfig, tinyInput } from "../builders.ts";
import { bertlet } from "./bertlet.ts";

let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-add-head-"));
  const config = tinyConfig({ id2label: { 0: "a", 1: "b", 2: "c" } });
  await writeFile(at("model"), await packModel(tinyInput()));
  await writeFile(at("head"), writeHeadFile(randomHead("BertForSequenceClassification", config, "topic", 9)));
});
afterEach(() => rm(folder, { recursive: true }));

const heads = async (name: string) =>
  readPackedHeader(new Uint8Array(await readFile(at(name)))).heads.map((head) => head.name);

test("a head is added under its own name or another, and replaces one", async () => {
  const added = await bertlet("add-head", at("head"), at("model"), at("first"));
  expect([added.code, added.out]).toEqual([0, expect.stringContaining("with the head topic")]);
  expect(await heads("first")).toEqual(["mood", "entities", "words", "topic"]);
  expect((await bertlet("add-head", at("head"), at("first"), at("second"), "--name", "other")).code).toBe(0);
  expect(await heads("second")).toEqual(["mood", "entities", "words", "topic", "other"]);
  expect((await bertlet("add-head", at("head"), at("model"), at("third"), "--name", "mood", "--replace")).code).toBe(0);
  expect(await heads("third")).toEqual(["mood", "entities", "words"]);
});

test("a name that is taken, one that is not there to replace, and a file without a head are refused", async () => {
  for (const [args, message] of [
    [["head", "model", "--name", "mood"], "mood"],
    [["head", "model", "--replace"], "topic"],
    [["model", "model"], "it is no head file"],
  ] as const) {
    const [head, model, ...options] = args;
    const { code, err } = await bertlet("add-head", at(head), at(model), at("out"), ...options);
    expect([code, err]).toEqual([1, expect.stringContaining(message)]);
  }
  expect((await readdir(folder)).sort()).toEqual(["head", "model"]);
});
