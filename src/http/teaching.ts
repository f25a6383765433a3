// Heads that are taught while a deployment runs. The binding HEADS is the Durable Object that keeps them (src/teaching/): this is what a Worker
// needs to ask it for heads, and to hand it the requests that teach.
import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { waitUntil } from "#runtime";
import type { HeadSpec } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import type { AnsweringHead, LargeModelAnswer, LearningState } from "../models/learning.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { type TaughtHead, withTaughtHeads } from "../models/taught-heads.ts";
import { RequestError } from "./errors.ts";
import { LearnedAnswers, type LearnedBatch } from "./learned-answers.ts";
import type { Operation, RouteGroup } from "./routes.ts";

/** A version of a taught head, as the object sends it. */
export interface SentHead {
  readonly name: string;
  readonly version: number;
  /** The digest of the model that it was taught to. */
  readonly model: string;
  readonly keepsRequests: boolean;
  readonly spec: HeadSpec;
  /** f32 [K][H], and [K]. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** A head that is asked for, with the version that the asker has. */
export interface KnownVersion {
  readonly name: string;
  readonly version: number | undefined;
}

/** The answer: a newer version, `true` for the one that is known, or `null` for a head that does not exist or has no version yet. */
export type HeadAnswers = readonly (SentHead | true | null)[];

/** What a taught head answered to one text of a request. */
export interface KeptAnswer {
  readonly head: string;
  /** The text's place in the request. */
  readonly index: number;
  readonly text: string;
  readonly logits: Float32Array;
}

/** A question that a taught head answers, by `questionKey`, or will when it has learned enough. */
export interface TaughtQuestion {
  readonly key: string;
  readonly head: string;
  /** Where it learns from a large model. */
  readonly learning: LearningState | undefined;
}

/** The part of the Durable Object that a Worker uses. */
export interface HeadsNamespace {
  getByName(name: string): {
    fetch(request: Request): Promise<Response>;
    active(wanted: readonly KnownVersion[]): Promise<HeadAnswers>;
    questions(): Promise<readonly TaughtQuestion[]>;
    keep(requestId: string, answers: readonly KeptAnswer[]): Promise<void>;
    learn(batches: readonly LearnedBatch[]): Promise<void>;
  };
}

// One object for all heads: they are few, and what teaches must not run twice at once.
export const HEADS_OBJECT = "heads";
/** The header by which the object learns which heads a key allows: JSON. */
export const ALLOWED_HEADER = "x-bertlet-heads";

// An answer is never from a version that was replaced longer ago than this.
const STALE_MILLISECONDS = 4000;
// A head that is used is asked for again after this, while requests go on.
const REFRESH_MILLISECONDS = 1500;
// While the object does not answer, heads that are known are used for so long.
const OUTAGE_MILLISECONDS = 300_000;
const MOST_KNOWN = 200;

/** When the object last said something, and when it was last asked. */
interface Times {
  checked: number;
  asked: number;
}

interface Known extends Times {
  readonly head: SentHead | null;
}

interface KnownQuestions extends Times {
  readonly byKey: ReadonlyMap<string, TaughtQuestion>;
}

/** The taught heads of one request. */
export interface RequestHeads {
  /** Part of the key of cached answers. */
  readonly versions: readonly (readonly [name: string, version: number])[];
  /** Whether answers may be cached. Those of heads that keep requests are not. */
  readonly cacheable: boolean;
  /** Whether the same request may have another answer soon. */
  readonly mayChange: boolean;
  /**
   * The model with the heads, its last ones: findHead finds them by name, and `questions` those that answer a question.
   * @throws BertletError `conflict` for a head that was taught to another model, `unavailable` if the object does not answer
   */
  extend(model: LoadedModel): LoadedModel;
  /** Sends what the heads answered to the texts of the request to be kept, by those that do. Does not wait. */
  keep(requestId: string, texts: readonly string[]): void;
}

/** The taught heads of a deployment. */
export class TaughtHeads {
  readonly #namespace: HeadsNamespace;
  readonly #known = new Map<string, Known>();
  #questions: KnownQuestions = { byKey: new Map(), checked: 0, asked: 0 };
  /** Names that a model has itself, by the model's identity. */
  readonly #own = new Map<string, Set<string>>();

  readonly #learned = new LearnedAnswers((batches) => this.#object().learn(batches));

  constructor(namespace: HeadsNamespace) {
    this.#namespace = namespace;
  }

  /**
   * The taught heads among those that a request names, and those that answer its questions; undefined where there can be none.
   * @param identity tells the request's model from others
   * @param parameters `head` or `heads` are names; `questionKeys` gives the keys of questions, by `questionKey`
   * @example
   * const taught = await services.taught?.find(await lease.identify(), { heads: ["topic"] });
   * const model = taught?.extend(await lease.load()) ?? (await lease.load());
   */
  async find(identity: string, parameters: Readonly<Record<string, unknown>>): Promise<RequestHeads | undefined> {
    const own = this.#own.get(identity) ?? new Set();
    this.#own.set(identity, own);
    const keys = (parameters.questionKeys as (() => readonly string[]) | undefined)?.() ?? [];
    const questions = await this.#answering(keys);
    const names = [...headsIn(parameters), ...Array.from(questions.values(), ({ head }) => head)];
    const asked = [...new Set(names)].filter((name) => !own.has(name));
    if (asked.length === 0 && keys.length === 0) return undefined;
    const now = Date.now();
    const age = (name: string, key: "checked" | "asked") => now - (this.#known.get(name)?.[key] ?? 0);
    let failure: unknown;
    if (asked.some((name) => age(name, "checked") > STALE_MILLISECONDS))
      await this.#ask(asked).catch((cause) => {
        failure = cause;
        logFailure(cause);
      });
    else if (asked.some((name) => age(name, "asked") > REFRESH_MILLISECONDS))
      waitUntil(this.#ask(asked).catch(logFailure));
    const usable = asked.filter((name) => age(name, "checked") < OUTAGE_MILLISECONDS);
    const heads = usable.flatMap((name) => this.#known.get(name)?.head ?? []);
    return this.#use(asked, heads, questions, own, usable.length < asked.length ? failure : undefined);
  }

  #use(
    asked: readonly string[],
    heads: readonly SentHead[],
    questions: ReadonlyMap<string, TaughtQuestion>,
    own: Set<string>,
    failure: unknown,
  ): RequestHeads {
    const kept: Omit<KeptAnswer, "text">[] = [];
    const keeping = new Set(heads.filter(({ keepsRequests }) => keepsRequests).map(({ name }) => name));
    const listen = ({ spec: { name } }: TaughtHead, logits: Float32Array) => {
      if (keeping.has(name)) kept.push({ head: name, index: kept.filter(({ head }) => head === name).length, logits });
    };
    const learned = this.#learned;
    return {
      versions: heads.map(({ name, version }) => [name, version]),
      cacheable: keeping.size === 0,
      mayChange: questions.size > 0 || heads.length > 0,
      extend(model) {
        // Nobody is asked again for what the model has itself.
        for (const { name } of model.heads) if (asked.includes(name)) own.add(name);
        const missing = asked.some((name) => !own.has(name) && !heads.some((head) => head.name === name));
        if (failure !== undefined && missing) throw unavailable(failure);
        const other = heads.find((head) => head.model !== model.digest && !own.has(head.name));
        if (other)
          throw new BertletError(
            "conflict",
            `head ${other.name} was taught to another model; POST /heads/${other.name}/versions teaches it to this one`,
            { field: "head" },
          );
        const extended = withTaughtHeads(model, heads, keeping.size > 0 ? listen : undefined);
        return questions.size > 0 ? { ...extended, questions: answerersOf(questions, heads, learned) } : extended;
      },
      keep: (requestId, texts) => {
        const answers = kept.flatMap(({ index, ...rest }) => {
          const text = texts[index];
          return text === undefined ? [] : [{ ...rest, index, text }];
        });
        if (answers.length > 0) waitUntil(this.#object().keep(requestId, answers).catch(logFailure));
      },
    };
  }

  /**
   * The taught questions among these, by their keys. While the object does not answer and nothing is known of its questions,
   * there are none: a decision says what answered it.
   */
  async #answering(keys: readonly string[]): Promise<ReadonlyMap<string, TaughtQuestion>> {
    if (keys.length === 0) return new Map();
    const now = Date.now();
    const { checked, asked } = this.#questions;
    if (now - checked > STALE_MILLISECONDS) await this.#askQuestions().catch(logFailure);
    else if (now - asked > REFRESH_MILLISECONDS) waitUntil(this.#askQuestions().catch(logFailure));
    if (now - this.#questions.checked > OUTAGE_MILLISECONDS) return new Map();
    const { byKey } = this.#questions;
    return new Map(keys.flatMap((key) => (byKey.has(key) ? [[key, byKey.get(key)!]] : [])));
  }

  async #askQuestions(): Promise<void> {
    const asked = Date.now();
    this.#questions.asked = asked;
    const questions = await this.#object().questions();
    this.#questions = { byKey: new Map(questions.map((question) => [question.key, question])), checked: asked, asked };
  }

  #object() {
    return this.#namespace.getByName(HEADS_OBJECT);
  }

  async #ask(names: readonly string[]): Promise<void> {
    const asked = Date.now();
    for (const name of names) {
      const known = this.#known.get(name);
      if (known) known.asked = asked;
    }
    const wanted = names.map((name) => ({ name, version: this.#known.get(name)?.head?.version }));
    const answers = await this.#object().active(wanted);
    for (const [i, name] of names.entries()) this.#learn(name, answers[i]!, asked);
  }

  #learn(name: string, answer: SentHead | true | null, asked: number): void {
    const known = this.#known.get(name);
    const head = answer === true ? (known?.head ?? null) : answer;
    this.#known.delete(name);
    this.#known.set(name, { head, checked: asked, asked });
    if (this.#known.size > MOST_KNOWN) this.#known.delete(this.#known.keys().next().value!);
  }
}

/** How each question is answered, by its key. */
function answerersOf(
  questions: ReadonlyMap<string, TaughtQuestion>,
  heads: readonly SentHead[],
  learned: LearnedAnswers,
): ReadonlyMap<string, AnsweringHead> {
  const answerers = Array.from(questions.values(), ({ key, head, learning }) => {
    const tell = {
      answered: () => learned.answered(head),
      learned: (answer: LargeModelAnswer) => learned.learned(head, answer),
    };
    const version = heads.find(({ name }) => name === head)?.version;
    return [key, { head, learning: learning && { ...learning, ...tell, version } }] as const;
  });
  return new Map(answerers);
}

/** The names of heads among a body's parameters: `head`, or those in `heads`. */
function headsIn({ head, heads }: Readonly<Record<string, unknown>>): readonly string[] {
  const named = [head, ...Object.values((heads as object | undefined) ?? {})];
  return named.filter((name) => typeof name === "string");
}

function logFailure(cause: unknown): void {
  console.error("taught heads:", cause);
}

function unavailable(cause: unknown): BertletError {
  logFailure(cause);
  return new BertletError("unavailable", "the store of taught heads does not answer", { cause });
}

/** For createApp's `teaching`. */
export interface Teaching {
  readonly heads: TaughtHeads | undefined;
  readonly group: RouteGroup;
}

const ROUTES = [
  "/heads",
  "/heads/:name",
  "/heads/:name/:part",
  "/questions",
  "/questions/:name",
  "/questions/:name/:part",
];

/**
 * Heads taught over HTTP, if the environment has the binding HEADS (docs/teaching.md).
 * @param operations describe the routes in /openapi.json; the Worker that teaches does, those that only hand requests on do not
 * @throws Error for a binding that is no Durable Object
 * @example
 * export default createApp({ model, tasks: [classify], teaching });
 */
export function teaching(
  { HEADS }: Readonly<Record<string, unknown>>,
  operations: readonly Operation[] = [],
): Teaching {
  const namespace = HEADS as HeadsNamespace | undefined;
  if (namespace !== undefined && typeof namespace?.getByName !== "function")
    throw new Error("HEADS: expected a Durable Object");
  return {
    heads: namespace && new TaughtHeads(namespace),
    group: {
      tag: { name: "Teaching", description: "Heads taught by examples." },
      operations: namespace ? operations : [],
      mount() {
        const app = new Hono();
        for (const path of ROUTES) app.all(path, (context) => forward(context, namespace));
        return app;
      },
    },
  };
}

/** Examples are others' texts: only keys with the right to teach see or change them, even if no keys are set up. */
async function forward(context: Context, namespace: HeadsNamespace | undefined): Promise<Response> {
  if (!namespace) throw new RequestError("not_found", "this deployment teaches no heads: it has no binding HEADS");
  const { key, heads } = context.var.scope;
  if (!key?.teach) throw new RequestError("forbidden", "this needs a key with the right to teach");
  const request = new Request(context.req.raw);
  request.headers.delete("authorization");
  request.headers.set(ALLOWED_HEADER, JSON.stringify(heads ? [...heads] : null));
  try {
    return await namespace.getByName(HEADS_OBJECT).fetch(request);
  } catch (cause) {
    throw unavailable(cause);
  }
}
