// Large answers: the same JSON in pieces, and how many may be on their way.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimateCharacters, jsonPieces, StreamedAnswers } from "../../../src/http/answers/streamed-answer.ts";
import { expectError } from "../../expect-error.ts";

const vectors = (count: number) =>
  Array.from({ length: count }, (_, row) => Array.from({ length: 384 }, (_, i) => Math.sin(row * 384 + i)));

describe("the pieces of an answer", () => {
  test("are its JSON, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(200), (value, rows) => {
        for (const answer of [value, [value, vectors(rows)], { a: value, 'b"': vectors(rows), c: undefined }])
          expect([...jsonPieces(answer)].join("")).toBe(JSON.stringify(answer));
      }),
      { numRuns: 50 },
    );
  });

  test("are small, and what they are estimated to be is enough", () => {
    const answer = { data: vectors(500), model: "m" };
    const pieces = [...jsonPieces(answer)];
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(70_000);
    const { length } = JSON.stringify(answer);
    expect(estimateCharacters(answer)).toBeGreaterThan(0.9 * length);
    expect(estimateCharacters(answer)).toBeLessThan(1.3 * length);
  });
});

describe("answers on their way", () => {
  const read = async (body: ReadableStream<Uint8Array>) => JSON.parse(await new Response(body).text()) as unknown;

  test("are limited in all, until they are read or given up; one is always sent", async () => {
    const answers = new StreamedAnswers(100);
    const first = answers.stream([1, 2], 150);
    await expectOverloaded(() => answers.stream([3], 1));
    expect(await read(first.body)).toEqual([1, 2]);
    await first.sent;
    const second = answers.stream([3], 60);
    const third = answers.stream([4], 40);
    await expectOverloaded(() => answers.stream([5], 1));
    await third.body.cancel();
    await third.sent;
    expect(await read(answers.stream([6], 40).body)).toEqual([6]);
    await second.body.cancel();
  });
});

async function expectOverloaded(run: () => unknown): Promise<void> {
  await expectError(run, "overloaded", "large answers");
}
