// Requests to a running Worker, and what every refusal must look like.
import { expect } from "vitest";
import type { RunningWorker } from "./worker.ts";

/** Requests to the worker that `running` gives once it runs. */
export function requestsTo(running: () => RunningWorker) {
  const send = (path: string, init?: RequestInit) => fetch(new URL(path, running().url), init);
  const post = (path: string, body: unknown) =>
    send(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  return {
    send,
    post,
    /** The answer to a POST that must succeed; the caller says what it is. */
    async answer<T = unknown>(path: string, body: unknown): Promise<T> {
      const response = await post(path, body);
      expect(response.status, await response.clone().text()).toBe(200);
      return (await response.json()) as T;
    },
    /** Passes when the POST is refused in our shape with this kind, and its message holds `part`. */
    async refused(path: string, body: unknown, status: number, error_type: string, part = ""): Promise<void> {
      const response = await post(path, body);
      const text = await response.clone().text();
      expect(response.status, text).toBe(status);
      expect(await response.json()).toEqual({ error: expect.stringContaining(part), error_type });
    },
  };
}
