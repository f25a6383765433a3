// The line under an answer: status, cache, times, tokens, and what was truncated.
import { el, group } from "../dom.ts";
import type { TaskResponse } from "../messages.ts";
import type { Backend } from "../mode.ts";

/** @param took milliseconds from the request to the answer */
export function statusView(response: TaskResponse, took: number, backend: Backend): Node {
  const { status, cache, modelMs = 0, tokens = 0, truncated = 0 } = response;
  return group(
    el("span", { class: status === 200 ? "tag" : "tag bad" }, status === 0 ? "no answer" : String(status)),
    cache
      ? el("span", { class: `tag ${cache.toLowerCase()}`, title: "Whether the answer came from a cache" }, cache)
      : false,
    truncated > 0 && el("span", { class: "tag bad" }, `${count(truncated, "text")} truncated`),
    el("span", { class: "time" }, `${took.toFixed(1)} ms`),
    modelMs > 0 && el("span", {}, `${modelMs.toFixed(1)} ms in the model`),
    tokens > 0 && el("span", {}, count(tokens, "token")),
    el("span", { class: "backend" }, backend === "api" ? "from the API" : "in this browser"),
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
