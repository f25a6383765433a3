// An HTTP answer as the page needs it, from the network or from the functions in the worker.
import type { ApiResponse } from "./messages.ts";

export async function readResponse(response: Response): Promise<ApiResponse> {
  const text = await response.text();
  return {
    status: response.status,
    cache: response.headers.get("x-cache"),
    timing: response.headers.get("server-timing"),
    body: parse(text),
  };
}

/** What answers in place of the functions, such as a proxy, may not speak JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
