// Limits in tokens follow from the size of the model.
import { expect, test } from "vitest";
import { operationsPerToken, tokenLimits } from "../../src/tasks/cost.ts";
import { LIMITS } from "../../src/tasks/limits.ts";

const MINILM = { hidden_size: 384, intermediate_size: 1536, num_hidden_layers: 6, max_position_embeddings: 512 };
const BASE = { hidden_size: 768, intermediate_size: 3072, num_hidden_layers: 12, max_position_embeddings: 512 };

test("the default model, and smaller ones, have the limits of the table", () => {
  const { batch_tokens, sliced_tokens, slice_tokens } = LIMITS;
  expect(tokenLimits(MINILM)).toEqual({ batch_tokens, sliced_tokens, slice_tokens });
  expect(tokenLimits({ ...MINILM, num_hidden_layers: 2 })).toEqual({ batch_tokens, sliced_tokens, slice_tokens });
});

test("a batch of a larger model needs as many operations as one of the default's", () => {
  const budget = LIMITS.batch_tokens * operationsPerToken(MINILM);
  const used = tokenLimits(BASE).batch_tokens * operationsPerToken(BASE);
  expect(used).toBeLessThanOrEqual(budget);
  expect(used).toBeGreaterThan(0.99 * budget);
});

test("a row of the greatest length is always taken", () => {
  const huge = { ...BASE, hidden_size: 8192, num_hidden_layers: 96 };
  expect(tokenLimits(huge).batch_tokens).toBe(512);
});
