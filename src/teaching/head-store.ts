// The Durable Object that keeps and teaches heads: one object for all, so that teaching is serialised, and its own SQLite, so that examples,
// versions and what is active change together. Teaching runs in its alarm, which the platform starts again when it was interrupted.
import { DurableObject } from "cloudflare:workers";
import type { Hono } from "hono/tiny";
import { BertletError } from "../errors.ts";
import { argmax, tempered, toScores } from "../heads/scores.ts";
import type { LearnedBatch } from "../http/learned-answers.ts";
import type { ModelProvider } from "../http/models/provider.ts";
import type { HeadAnswers, KeptAnswer, KnownVersion, TaughtQuestion } from "../http/teaching.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { expire, learnFrom, learningState, nextExpiry } from "./learning.ts";
import { teachingApp } from "./routes.ts";
import { type HeadRow, type HeadStorage, HeadTables } from "./tables.ts";
import { teachHead } from "./teach.ts";

// How long a request waits for what it taught.
const WAIT_MILLISECONDS = 20_000;
// A head whose teaching ended early so often is given up until its examples change.
const MOST_ATTEMPTS = 5;

/**
 * A Worker exports a class of its own that says with which model it teaches.
 * @example
 * export class Heads extends HeadStore {
 *   readonly models = models;
 * }
 */
export abstract class HeadStore extends DurableObject {
  /** What teaches is its default model. */
  abstract readonly models: ModelProvider;
  readonly tables: HeadTables;
  readonly #storage: HeadStorage;
  readonly #app: Hono;
  readonly #waiting = new Set<() => void>();
  /** When heads whose teaching failed are tried again, by their ids. */
  readonly #notBefore = new Map<string, number>();
  #working = false;
  /** For when the alarm was set last. */
  #alarmAt = 0;

  constructor(ctx: DurableObject["ctx"], env: Cloudflare.Env) {
    super(ctx, env);
    this.#storage = ctx.storage as unknown as HeadStorage;
    this.tables = new HeadTables(this.#storage);
    this.#app = teachingApp(this);
    this.#goOn();
  }

  /** The routes below /heads. */
  fetch(request: Request): Response | Promise<Response> {
    this.#goOn();
    return this.#app.fetch(request);
  }

  /** The active versions of these heads, in this order. */
  active(wanted: readonly KnownVersion[]): HeadAnswers {
    this.#goOn();
    return wanted.map(({ name, version }) => {
      const head = this.tables.head(name);
      if (!head || head.active === null) return null;
      if (head.active === version) return true;
      const { model, spec } = this.tables.version(name, head.active)!;
      const f32 = (kind: "weight" | "bias") => new Float32Array(this.tables.bytes(name, head.active!, kind));
      const keepsRequests = head.settings.keep_requests;
      return { name, version: head.active, model, keepsRequests, spec, weight: f32("weight"), bias: f32("bias") };
    });
  }

  /** The questions that heads answer. */
  questions(): TaughtQuestion[] {
    this.#goOn();
    return this.tables.heads().flatMap((head) => {
      const { name, active, settings } = head;
      const learning = learningState(this.tables, head);
      return settings.question && (active !== null || learning)
        ? [{ key: settings.question.key, head: name, learning }]
        : [];
    });
  }

  /** Keeps what large models answered to questions that learn, and teaches those that have learned enough. */
  learn(batches: readonly LearnedBatch[]): void {
    for (const batch of batches) learnFrom(this.tables, batch);
    this.#goOn();
  }

  /** Keeps what heads answered, for their reviews and for feedback. */
  keep(requestId: string, answers: readonly KeptAnswer[]): void {
    for (const { head: name, index, text, logits } of answers) {
      const head = this.tables.head(name);
      const spec = head?.active && head.settings.keep_requests && this.tables.version(name, head.active)?.spec;
      if (!spec || logits.length !== spec.labels.length) continue;
      const scores = toScores(tempered(logits, spec.temperature ?? 1), "softmax");
      const best = argmax(scores);
      const row = { request_id: requestId, place: index, text, label: spec.labels[best]!, score: scores[best]! };
      this.tables.keepRequest(name, { ...row, at: Date.now() });
      this.tables.forgetOldRequests(name);
    }
  }

  /** The model that teaches. */
  model(): Promise<LoadedModel> {
    const lease = this.models.lease();
    return lease.load().finally(() => lease.release());
  }

  /**
   * Begins to teach what has changed, and waits for it.
   * @returns whether it was taught in time; if not, it goes on
   */
  async taught(name: string): Promise<boolean> {
    const { id, revision } = this.tables.head(name)!;
    await this.#storage.setAlarm(Date.now());
    const until = Date.now() + WAIT_MILLISECONDS;
    for (;;) {
      const head = this.tables.head(name);
      if (head?.id !== id || head.taught >= revision) return true;
      const left = until - Date.now();
      if (left <= 0) return false;
      await this.#nextChange(left);
    }
  }

  /** Teaches what has changed, one head after the other. The platform calls it again if it is interrupted. */
  async alarm(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    this.#alarmAt = 0;
    try {
      for (const head of this.tables.heads()) expire(this.tables, head);
      for (let head = this.#next(); head; head = this.#next()) if (!(await this.#teach(head))) break;
      this.#working = false;
      this.#goOn();
    } finally {
      this.#working = false;
      this.#tell();
    }
  }

  /** The next head to teach, those aside that have just failed. */
  #next(): HeadRow | undefined {
    const now = Date.now();
    return this.tables.pending().find(({ id }) => (this.#notBefore.get(id) ?? 0) <= now);
  }

  /** @returns false when this call has done its share, and another has to go on */
  async #teach(head: HeadRow): Promise<boolean> {
    const { id, name, revision, attempts } = head;
    try {
      if (attempts < MOST_ATTEMPTS) {
        this.tables.countAttempt(name);
        const isDone = await teachHead(this.tables, await this.model(), head);
        if (!isDone) this.tables.resetAttempts(name);
        this.#notBefore.delete(id);
        return isDone;
      }
      this.tables.settle(name, revision, `teaching was interrupted ${attempts} times`);
    } catch (error) {
      if (error instanceof BertletError && error.type === "invalid_input") {
        // The version that answers stays.
        this.tables.settle(name, revision, error.message);
      } else {
        console.error(`teaching ${name}:`, error);
        this.#notBefore.set(id, Date.now() + 1000 * 2 ** attempts);
      }
    } finally {
      this.#tell();
    }
    return true;
  }

  /** What was interrupted goes on when the object is used again; what was kept long enough is forgotten in time. */
  #goOn(): void {
    if (this.#working) return;
    const expiries = this.tables.heads().flatMap((head) => nextExpiry(this.tables, head) ?? []);
    const times = [...this.tables.pending().map(({ id }) => this.#notBefore.get(id) ?? 0), ...expiries];
    const next = Math.max(Date.now(), Math.min(...times));
    if (times.length === 0 || (next === this.#alarmAt && next > Date.now())) return;
    this.#alarmAt = next;
    void this.#storage.setAlarm(next);
  }

  #nextChange(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#waiting.add(done);
    });
  }

  #tell(): void {
    for (const done of [...this.#waiting]) done();
  }
}
