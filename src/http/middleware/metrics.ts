// What this isolate has done, as Prometheus text. Isolates count separately: a scraper sees the one that answers it.
import type { InferenceSession } from "../../wasm/session.ts";

/** One request that was answered. */
export interface Observation {
  /** The route's pattern, not the address, so that texts and unbounded names stay out. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly duration_ms: number;
  /** Time in the queue for the model. */
  readonly queue_ms: number;
  readonly tokens: number;
  /** Texts that were truncated. */
  readonly truncated: number;
  readonly cache: string | undefined;
}

// Upper bounds in seconds.
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

// Bounds the label's cardinality: a client may send any method.
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

interface Histogram {
  readonly counts: number[];
  sum: number;
}

export class Metrics {
  memory: InferenceSession["memory"] | undefined;
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Histogram>();
  readonly #answers = new Map<string, number>();
  readonly #build: string;
  #tokens = 0;
  #truncated = 0;
  #queueSeconds = 0;
  #isolate: string | undefined;

  /** @param build names the code that answers */
  constructor(build: string) {
    this.#build = build;
  }

  observe({ route, method, status, duration_ms, queue_ms, tokens, truncated, cache }: Observation): void {
    const known = METHODS.includes(method) ? method : "other";
    add(this.#requests, this.#labels({ route, method: known, status }));
    if (cache) add(this.#answers, this.#labels({ cache: cache.toLowerCase() }));
    this.#tokens += tokens;
    this.#truncated += truncated;
    this.#queueSeconds += queue_ms / 1000;
    this.#time(this.#labels({ route }), duration_ms / 1000);
  }

  /** Every series names its isolate: counters of different isolates must not look like one that jumps. */
  #labels(values: Readonly<Record<string, string | number>> = {}): string {
    // A Worker has no random numbers before its first request.
    this.#isolate ??= crypto.randomUUID();
    return labels({ ...values, isolate: this.#isolate });
  }

  #time(key: string, seconds: number): void {
    const histogram = this.#durations.get(key) ?? { counts: BUCKETS.map(() => 0).concat(0), sum: 0 };
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    histogram.counts[bucket < 0 ? BUCKETS.length : bucket]!++;
    histogram.sum += seconds;
    this.#durations.set(key, histogram);
  }

  /** The text format, version 0.0.4. */
  text(): string {
    const { memory } = this;
    const own = this.#labels();
    return [
      ...family("build_info", "gauge", "Which code answers.", [[this.#labels({ build: this.#build }), 1]]),
      ...family("requests_total", "counter", "Requests answered.", [...this.#requests]),
      ...this.#histograms(),
      ...family("answers_total", "counter", "Answers from a cache (hit) or computed (miss).", [...this.#answers]),
      ...family("tokens_total", "counter", "Tokens the model read.", [[own, this.#tokens]]),
      ...family("truncated_texts_total", "counter", "Texts that were truncated.", [[own, this.#truncated]]),
      ...family("queue_seconds_total", "counter", "Time in the queue for the model.", [[own, this.#queueSeconds]]),
      ...family("memory_bytes", "gauge", "Wasm memory of the model's session.", memory ? [[own, memory.bytes]] : []),
      ...family("memory_limit_bytes", "gauge", "Its maximum.", memory ? [[own, memory.maximum]] : []),
    ].join("");
  }

  #histograms(): string[] {
    const lines = [header("request_duration_seconds", "histogram", "Time from request to answer.")];
    for (const [key, { counts, sum }] of this.#durations) {
      let total = 0;
      const name = "bertlet_request_duration_seconds";
      for (const [index, count] of counts.entries()) {
        total += count;
        lines.push(`${name}_bucket${key.slice(0, -1)},le="${BUCKETS[index] ?? "+Inf"}"} ${total}\n`);
      }
      lines.push(`${name}_sum${key} ${sum}\n`, `${name}_count${key} ${total}\n`);
    }
    return lines;
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function labels(values: Readonly<Record<string, string | number>>): string {
  return `{${Object.entries(values).map(([name, value]) => `${name}="${escaped(String(value))}"`)}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}

function family(name: string, type: string, help: string, values: readonly (readonly [string, number])[]): string[] {
  return [header(name, type, help), ...values.map(([key, value]) => `bertlet_${name}${key} ${value}\n`)];
}

function header(name: string, type: string, help: string): string {
  return `# HELP bertlet_${name} ${help}\n# TYPE bertlet_${name} ${type}\n`;
}
