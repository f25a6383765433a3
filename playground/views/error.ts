// An error in place of an answer.
import { el } from "../dom.ts";
import type { TaskResponse } from "../messages.ts";

/** @param enterKey offers to enter a key, for an API that refuses to answer without a valid one */
export function errorView({ status, body }: TaskResponse, enterKey?: () => void): Node {
  const { error, error_type } = isError(body) ? body : { error: String(body), error_type: `status ${status}` };
  return el(
    "div",
    { class: "error", role: "alert" },
    el("strong", {}, error_type),
    el("p", { dir: "auto" }, error),
    enterKey && el("button", { type: "button", class: "chip", onclick: enterKey }, "Enter a key"),
  );
}

function isError(body: unknown): body is { error: string; error_type: string } {
  return typeof body === "object" && body !== null && "error" in body && "error_type" in body;
}
