// How a large model is reached: over HTTP, or by the Workers AI binding of the account.
import type { Refusal } from "./gate.ts";

/** Why upstream did not answer: not asked, too late, its status, another shape, or no connection. */
export type Failure = Refusal | "timeout" | "rate_limited" | "status" | "shape" | "connection";

/** Sends a request's body. Resolves to the answer's JSON. @throws NoAnswer, or whatever the connection throws */
export type Transport = (body: unknown, signal: AbortSignal) => Promise<unknown>;

export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  readonly failure: Failure;
  /** The milliseconds for which upstream asked to be left alone. */
  readonly retryAfter: number;

  /** @param detail what the log says; neither states nor answers, which may repeat them, are ever part of it */
  constructor(failure: Failure, detail: string, retryAfter = 0) {
    super(detail);
    this.failure = failure;
    this.retryAfter = retryAfter;
  }
}

// Of 400 questions with 255 options each, there are some four million characters.
const MOST_BYTES = 8_388_608;

/** @param key is sent as a bearer token */
export function overHttp(url: string, key: string | undefined): Transport {
  return async (body, signal) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key !== undefined && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(body),
      signal,
    });
    if (!response.ok) {
      await response.body?.cancel();
      const seconds = Number(response.headers.get("retry-after"));
      const failure = response.status === 429 ? "rate_limited" : "status";
      throw new NoAnswer(failure, String(response.status), seconds > 0 ? seconds * 1000 : 0);
    }
    try {
      return JSON.parse(await readText(response));
    } catch (error) {
      if (error instanceof SyntaxError) throw new NoAnswer("shape", "the answer is not JSON");
      throw error;
    }
  };
}

/** Stops at the limit, whatever more would come. */
async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
    length += piece.byteLength;
    if (length > MOST_BYTES) throw new NoAnswer("shape", `the answer has more than ${MOST_BYTES} bytes`);
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

/** The part of the Workers AI binding that is used. */
export interface WorkersAi {
  run(model: string, inputs: unknown): Promise<unknown>;
}

export function byWorkersAi(ai: WorkersAi, model: string): Transport {
  return async (body, signal) => {
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    // Its errors may quote what was sent.
    const answered = ai.run(model, body).catch(() => {
      throw new NoAnswer("status", "Workers AI did not answer");
    });
    return Promise.race([answered, late]);
  };
}
