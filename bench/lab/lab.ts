// Sessions by name and the time of what they are asked, in whatever runtime this is bundled for. It prints nothing and chooses nothing: the
// benchmarks say what runs, and node.ts, workerd.ts and chromium.ts where.
import { Tensor } from "onnxruntime-common";
import { readTexts } from "../../src/heads/run.ts";
import type { PackedSource } from "../../src/model-file/packed.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { OrtSession } from "../../src/wasm/ort/session.ts";
import type { Feeds, InferenceSession } from "../../src/wasm/session.ts";

/** A session to load: on our kernels in one of their builds, or on onnxruntime-web. */
export interface Load {
  readonly name: string;
  readonly engine: "relaxed" | "baseline" | "ort";
}

/** One run of a session on texts' token ids: ragged, or padded to the longest. */
export interface SessionCall {
  readonly session: string;
  readonly texts: readonly (readonly number[])[];
  readonly padded: boolean;
  readonly fetches: readonly string[];
}

/** A text through tokenizer, session and heads, as src/tasks/understand/understand.ts does it. Tokenizer and labels are those of `model`. */
export interface PassCall {
  readonly session: string;
  readonly model: string;
  readonly text: string;
  readonly heads: readonly string[];
  readonly vectors: boolean;
}

export type Call = SessionCall | PassCall;

export interface Plan {
  /** By name, the calls whose time together is taken; subjects take turns. */
  readonly subjects: Readonly<Record<string, readonly Call[]>>;
  readonly rounds: number;
  /** Calls a round, so that a round lasts long enough for the runtime's clock: a Worker's counts whole milliseconds. */
  readonly repeats: number;
}

export interface Timings {
  /** Milliseconds of each round, by subject. */
  readonly times: Readonly<Record<string, readonly number[]>>;
  /** The first numbers of the last call's first output, by subject: engines that do the same agree on them. */
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** Wasm memory held at the end, by session. */
  readonly bytes: Readonly<Record<string, number>>;
}

const OUTPUT_NUMBERS = 384;

export class Lab {
  readonly #sessions = new Map<string, InferenceSession>();
  readonly #models = new Map<string, LoadedModel>();

  /** Takes the model's buffer with it. */
  async load({ name, engine }: Load, model: PackedSource): Promise<void> {
    if (engine === "ort") {
      const bytes = new Uint8Array(await new Response(model as BodyInit).arrayBuffer());
      this.#sessions.set(name, await OrtSession.create(bytes, { transfer: true }));
    } else {
      const loaded = await loadPretrained(model, { build: engine });
      this.#models.set(name, loaded);
      this.#sessions.set(name, loaded.session);
    }
  }

  async time({ subjects, rounds, repeats }: Plan): Promise<Timings> {
    const prepared = Object.entries(subjects).map(([name, calls]) => ({
      name,
      calls: calls.map((call) => this.#prepare(call)),
      times: [] as number[],
      output: [] as readonly number[],
    }));
    // The round before the first warms up.
    for (let round = -1; round < rounds; round++) {
      for (const subject of prepared) {
        const start = performance.now();
        for (let i = 0; i < repeats; i++) for (const call of subject.calls) subject.output = await call();
        if (round >= 0) subject.times.push((performance.now() - start) / repeats);
      }
    }
    return {
      times: Object.fromEntries(prepared.map(({ name, times }) => [name, times])),
      outputs: Object.fromEntries(prepared.map(({ name, output }) => [name, output])),
      bytes: Object.fromEntries([...this.#sessions].map(([name, { memory }]) => [name, memory.bytes])),
    };
  }

  #prepare(call: Call): () => Promise<readonly number[]> {
    const session = this.#session(call.session);
    if ("texts" in call) {
      const feeds = call.padded ? paddedFeeds(call.texts) : raggedFeeds(call.texts);
      return async () => {
        const outputs = await session.run(feeds, call.fetches);
        return Array.from((outputs[call.fetches[0]!]!.data as Float32Array).subarray(0, OUTPUT_NUMBERS));
      };
    }
    const model = { ...this.#models.get(call.model)!, session };
    const aggregation = { aggregationStrategy: "first" } as const;
    const parameters = Object.fromEntries(call.heads.map((head) => [head, aggregation]));
    const options = { heads: call.heads, parameters, vector: call.vectors ? {} : undefined };
    return async () => {
      const [reading] = await readTexts(model, [call.text], options);
      return Array.from(reading!.vector ?? []);
    };
  }

  #session(name: string): InferenceSession {
    const session = this.#sessions.get(name);
    if (!session) throw new Error(`there is no session ${name}`);
    return session;
  }
}

type Texts = SessionCall["texts"];

function raggedFeeds(texts: Texts): Feeds {
  const starts = [0];
  for (const ids of texts) starts.push(starts.at(-1)! + ids.length);
  return {
    input_ids: new Tensor("int32", Int32Array.from(texts.flat()), [starts.at(-1)!]),
    row_starts: new Tensor("int32", Int32Array.from(starts), [starts.length]),
  };
}

/** As the graphs declare them, so that nothing is converted while the clock runs. */
function paddedFeeds(texts: Texts): Feeds {
  const S = Math.max(...texts.map((ids) => ids.length));
  const matrix = (value: (ids: readonly number[], i: number) => number) =>
    new Tensor(
      "int64",
      BigInt64Array.from(texts.flatMap((ids) => Array.from({ length: S }, (_, i) => BigInt(value(ids, i))))),
      [texts.length, S],
    );
  return {
    input_ids: matrix((ids, i) => ids[i] ?? 0),
    attention_mask: matrix((ids, i) => (i < ids.length ? 1 : 0)),
    token_type_ids: matrix(() => 0),
  };
}
