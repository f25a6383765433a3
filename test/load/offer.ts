// Offers a Worker more and more of one kind of request, no two alike, and keeps what became of each. It judges nothing.
import autocannon from "autocannon";

export interface OfferOptions {
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second; as many as are answered when left out. */
  readonly rate?: number;
}

export interface Offered {
  readonly seconds: number;
  /** How many answers had this status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Milliseconds of each answer with status 200, from the shortest. */
  readonly accepted: readonly number[];
  /** Requests whose connection broke, or that had no answer after a minute. Those on their way when the time is over are not among them. */
  readonly unanswered: number;
}

const MINUTE = 60;

/** Each connection waits for its answer before it asks again: the rate is reached as long as answers come soon, refusals among them. */
export async function offer(url: URL, { connections, seconds, rate }: OfferOptions): Promise<Offered> {
  const statuses = new Map<number, number>();
  const accepted: number[] = [];
  const result = await autocannon({
    url: new URL("/classify", url).href,
    connections,
    duration: seconds,
    ...(rate && { overallRate: rate }),
    timeout: MINUTE,
    setupClient: (client) => {
      client.on("response", (status, _bytes, milliseconds) => {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 200) accepted.push(milliseconds);
      });
    },
    requests: [
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        setupRequest: (request) => ({ ...request, body: JSON.stringify({ inputs: nextText() }) }),
      },
    ],
  });
  return {
    seconds: result.duration,
    statuses,
    accepted: accepted.sort((a, b) => a - b),
    unanswered: result.errors + result.resets,
  };
}

let count = 0;

/** A text that was not asked for before: an answer from the cache would cost nothing. 16 tokens. */
function nextText(): string {
  count++;
  return `order ${count} came late, the box was torn and nobody answered`;
}
