// A Worker for tests that keeps dead letters for as long as the request says, and lists them.
import { DeadLetters, type DeadLettersNamespace } from "../../src/webhooks/dead-letters.ts";

export { DeadLetters };

export default {
  async fetch(request: Request, { DEAD_LETTERS }: { readonly DEAD_LETTERS: DeadLettersNamespace }): Promise<Response> {
    const { keep, milliseconds } = Object.fromEntries(new URL(request.url).searchParams);
    const letters = DEAD_LETTERS.getByName("all");
    if (keep === undefined) return Response.json(await letters.list(100, 0));
    const message = { id: keep, source: "s", delivery: "d", timestamp: "2026-01-01T00:00:00.000Z", tags: {} };
    await letters.keep([message], Number(milliseconds));
    return new Response();
  },
};
