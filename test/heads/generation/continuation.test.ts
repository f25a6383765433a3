// Rows continued by their last token: the logits of rows computed from their first one, at the cost of one token.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BertConfig } from "../../../src/architectures/bert-config.ts";
import { continueRows } from "../../../src/heads/generation/causal-model.ts";
import { continuation, keptTokens } from "../../../src/heads/generation/continuation.ts";
import type { GenerationOptions } from "../../../src/heads/generation/options.ts";
import type { LoadedModel } from "../../../src/models/loaded-model.ts";
import { type InferenceSession, withRun } from "../../../src/wasm/session.ts";
import { loadTinyDecoder } from "../../tiny-decoder.ts";

let model: LoadedModel;
beforeAll(async () => {
  model = await loadTinyDecoder();
});
afterAll(() => model.session.release());

const head = () => model.heads.find(({ kind }) => kind === "causal-lm")!;

/** The session, and how many tokens each of its runs reads. */
function counting(session: InferenceSession): { session: InferenceSession; read: number[] } {
  const read: number[] = [];
  const counted = withRun(session, (feeds, ...rest) => {
    read.push(feeds.input_ids!.data.length);
    return session.run(feeds, ...rest);
  });
  return { session: counted, read };
}

/** The session without what it keeps. */
const forgetful = (session: InferenceSession): InferenceSession =>
  Object.defineProperty(withRun(session, session.run.bind(session)), "keyValuesOf", { value: undefined });

const PROMPTS = [
  [2, 9, 14, 7],
  [2, 30],
];

test.each<[string, GenerationOptions, readonly number[]]>([
  ["greedily", { maxNewTokens: 5 }, [6, 2, 2, 2, 2]],
  ["by sampling", { maxNewTokens: 5, doSample: true, numReturnSequences: 2, seed: 3 }, [12, 4, 4, 4, 4]],
  ["by beams", { maxNewTokens: 4, numBeams: 3, numReturnSequences: 3 }, [4, 3, 3, 3, 2, 3, 3, 3]],
])("generation %s reads each token once, and finds the same rows", async (_how, options, reads) => {
  const { session, read } = counting(model.session);
  const stopTokenIds: number[] = [];
  const found = await continueRows({ ...model, session }, head(), PROMPTS, { ...options, stopTokenIds });
  const again = { ...model, session: forgetful(model.session) };
  expect(found).toEqual(await continueRows(again, head(), PROMPTS, { ...options, stopTokenIds }));
  expect(read).toEqual(reads);
});

describe("what is kept", () => {
  const row = (length: number) => Array.from({ length }, (_, index) => 5 + (index % 20));

  test("is what fits: rows with more tokens together are computed from their first, with the same logits", async () => {
    const large = BertConfig.preset("large");
    const { session, read } = counting(model.session);
    const decoder = { session, config: large };
    expect(keptTokens(decoder)).toBe(162);
    const { next } = continuation(decoder, head());
    const [few, many] = [[row(20)], Array.from({ length: 6 }, () => row(28))];
    await next(few, [0]);
    const [kept] = await next([row(21)], [0]);
    await next(many, [0, 1, 2, 3, 4, 5]);
    const [computed] = await next([row(21), ...many], [0, 1, 2, 3, 4, 5, 6]);
    expect(read).toEqual([20, 1, 168, 189]);
    for (const [token, logit] of kept!.entries()) expect(computed![token]).toBeCloseTo(logit, 5);
  });

  test("leaves the session's memory what it may still take", () => {
    const config = BertConfig.preset("large");
    const small = { ...model.session, memory: { bytes: 60e6, maximum: 64e6 } };
    expect(keptTokens({ session: small, config })).toBe(Math.floor(2e6 / (24 * 2 * 1024 * 4)));
  });

  test("is shared by beams that begin alike, and dropped when it is released", async () => {
    const { session, read } = counting(model.session);
    const { next, release } = continuation({ session, config: model.config }, head());
    await next([row(6)], [0]);
    await next(
      [
        [...row(6), 7],
        [...row(6), 8],
      ],
      [0, 0],
    );
    release();
    await next([[...row(6), 7, 9]], [0]);
    expect(read).toEqual([6, 2, 8]);
  });

  test("is of one session: another model with the same row computes it", async () => {
    const other = await loadTinyDecoder();
    await continuation(model, head()).next([row(6)], [0]);
    const { session, read } = counting(other.session);
    await continuation({ session, config: other.config }, head()).next([row(7)], [0]);
    expect(read).toEqual([7]);
  });
});
