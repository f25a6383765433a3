// Parquet as pyarrow writes it (test/data/files: pyarrow 26.0.1, Snappy, zstd and gzip, with and without the metadata of `datasets`).
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { readTable } from "../../src/data/read-table.ts";
import { expectError, expectNoOtherError } from "../expect-error.ts";

const bytesOf = async (name: string) => new Uint8Array(await readFile(`test/data/files/${name}`));
const read = async (name: string) => readTable({ name, bytes: await bytesOf(name) });

test("classes have the names that the file itself gives", async () => {
  const table = await read("reviews.parquet");
  expect(table).toMatchObject({ format: "parquet", encoding: null, columns: ["text", "label"] });
  expect(table.rows).toEqual([
    { text: "A warm, funny film.", label: "pos" },
    { text: "Two hours I will not get back.", label: "neg" },
    { text: "schön gespielt", label: "pos" },
  ]);
});

test("64-bit integers are numbers, and zstd is read", async () => {
  expect((await read("reviews-zstd.parquet")).rows.map(({ label }) => label)).toEqual([1, 0, 1]);
});

test("lists and nested columns are read, and gzip", async () => {
  const { columns, rows } = await read("tickets.parquet");
  expect(columns).toEqual(["text", "labels", "meta"]);
  expect(rows.map(({ labels }) => labels)).toEqual([["delivery", "quality"], []]);
});

test("a Parquet file is known by its first bytes, whatever it is called", async () => {
  expect((await readTable({ name: "download", bytes: await bytesOf("reviews.parquet") })).format).toBe("parquet");
});

describe("a damaged file is refused, and nothing else happens", () => {
  test("that is no Parquet file", async () => {
    const bytes = new TextEncoder().encode("text,label\na,x\n");
    await expectError(
      () => readTable({ name: "a.parquet", bytes }),
      "invalid_input",
      "a.parquet: the Parquet file cannot be read",
    );
  });

  test.each(["reviews.parquet", "reviews-zstd.parquet", "tickets.parquet"])(
    "%s, cut or with changed bytes",
    async (name) => {
      const whole = await bytesOf(name);
      for (let size = 0; size < whole.length; size += 37)
        await expectNoOtherError(() => readTable({ name, bytes: whole.slice(0, size) }));
      for (let at = 0; at < whole.length; at += 3) {
        const changed = whole.slice();
        changed[at]! ^= 0xff;
        await expectNoOtherError(() => readTable({ name, bytes: changed }));
      }
    },
  );
});
