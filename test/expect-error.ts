// What every specification of a refusal says: a BertletError of one type, and what its message must tell.
import { expect } from "vitest";
import { BertletError, type ErrorType } from "../src/errors.ts";

/** Passes when `run` fails with a BertletError of this type whose message holds every part. */
export async function expectError(run: () => unknown, type: ErrorType, ...parts: readonly string[]): Promise<void> {
  const error = await outcome(run);
  if (!(error instanceof BertletError)) throw new Error("there was no BertletError", { cause: error });
  expect({ type: error.type, message: error.message }).toEqual({ type, message: error.message });
  for (const part of parts) expect(error.message).toContain(part);
}

/** Passes when `run` succeeds or fails with a BertletError, and not otherwise. */
export async function expectNoOtherError(run: () => unknown): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof BertletError)) throw error;
  }
}

/** What `run` throws or rejects with; undefined when it succeeds. */
async function outcome(run: () => unknown): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error;
  }
}
