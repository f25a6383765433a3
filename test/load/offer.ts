// Offers a Worker more and more of one kind of request, no two alike, and keeps what became of each. It judges nothing.
import autocannon from "autocannon";

export interface OfferOptions {
  readonly connections: number;
  /** It ends after this time, or when so many requests have been answered. */
  readonly until: { readonly seconds: number } | { readonly requests: number };
  /** Requests a second; as many as are answered when left out. */
  readonly rate?: number;
}

export interface Offered {
  readonly seconds: number;
  /** How many answers had this status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Milliseconds of each answer with status 200, from the shortest. */
  readonly accepted: readonly number[];
  /** Requests whose connection broke, or that had no answer for a minute. Those on their way when the time is over are not among them. */
  readonly unanswered: number;
}

const MINUTE = 60;

/** Each connection waits for its answer before it asks again: the rate is reached as long as answers come soon, refusals among them. */
export async function offer(url: URL, { connections, until, rate }: OfferOptions): Promise<Offered> {
  const statuses = new Map<number, number>();
  const accepted: number[] = [];
  const result = await autocannon({
    url: new URL("/classify", url).href,
    connections,
    ...("seconds" in until ? { duration: until.seconds } : { amount: until.requests }),
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
    unanswered: result.errors,
  };
}

let count = 0;

/** A text that was not asked for before: an answer from the cache would cost nothing. 16 tokens. */
function nextText(): string {
  count++;
  return `order ${count} came late, the box was torn and nobody answered`;
}
