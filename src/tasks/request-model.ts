// A model as one request may use it: its token budget, the heads it may ask for, its turn, its truncation side and its meter, enforced
// where the numbers are asked for, so that no task can forget one.
import { BertletError } from "../errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import { fetchNames, type InferenceSession, withRun } from "../wasm/session.ts";
import { tokenLimits } from "./cost.ts";
import type { TurnQueue } from "./turns.ts";
import { newUsage, type Usage } from "./usage.ts";

export type TruncationSide = "left" | "right";

export interface RequestPolicy {
  /** Counts what the request costs. */
  readonly usage?: Usage | undefined;
  /** The only heads that may be used, {@link ENCODER} among them; all when undefined. */
  readonly heads?: ReadonlySet<string> | undefined;
  /** Runs of the model wait here for those of earlier requests. */
  readonly turns?: TurnQueue | undefined;
  /** Aborted when nobody waits for the answer any more; what the model computes for it stops. */
  readonly signal?: AbortSignal | undefined;
  /** The end at which long texts are cut; the tokenizer's own when undefined. */
  readonly truncationSide?: TruncationSide | null | undefined;
}

export interface RequestModel extends LoadedModel {
  readonly usage: Usage;
  /** The same request with a token budget of its own, for one slice of a long list. */
  withFreshBudget(): RequestModel;
}

/** The name under which a key is allowed the encoder's own outputs: vectors, hidden states, attentions. */
export const ENCODER = "embedding";

/**
 * @throws BertletError `forbidden` (from a run) for a head that the policy does not allow
 * @example
 * const request = forRequest(model, { heads: new Set(["sentiment"]) });
 */
export function forRequest(model: LoadedModel, policy: RequestPolicy = {}): RequestModel {
  const { usage = newUsage(), heads, turns, signal, truncationSide } = policy;
  const session = withRun(model.session, async (feeds, fetches, options) => {
    const asked = headsOf(model, fetchNames(fetches, model.session.outputNames));
    if (heads) checkHeads(asked, heads);
    const run = (between?: () => Promise<void>) =>
      measure(usage, model.session, () => model.session.run(feeds, fetches, { ...options, between }), feeds.input_ids);
    for (const head of asked) usage.heads.add(head);
    return turns ? takeTurns(usage, turns, run, signal) : run();
  });
  const withFreshBudget = (): RequestModel => ({
    ...model,
    session,
    tokenization: model.tokenization?.with({
      maxTokens: tokenLimits(model.config).batch_tokens,
      onTruncation: (texts) => {
        usage.truncated += texts;
      },
      meter: (texts, milliseconds) => {
        usage.characters += countCharacters(texts);
        usage.tokenization_ms += milliseconds;
      },
      ...(truncationSide && { truncationSide }),
    }),
    heads: heads ? allowedFirst(model.heads, heads) : model.heads,
    usage,
    withFreshBudget,
  });
  return withFreshBudget();
}

/** The heads that these outputs belong to, {@link ENCODER} for the encoder's own. */
function headsOf({ heads }: LoadedModel, outputs: readonly string[]): ReadonlySet<string> {
  return new Set(outputs.map((output) => heads.find(({ name }) => output.startsWith(`${name}.`))?.name ?? ENCODER));
}

function checkHeads(asked: ReadonlySet<string>, allowed: ReadonlySet<string>): void {
  for (const name of asked) if (!allowed.has(name)) throw new BertletError("forbidden", `the key may not use ${name}`);
}

/** Runs in turns, counting the time between them. */
function takeTurns<T>(
  usage: Usage,
  turns: TurnQueue,
  run: (between: () => Promise<void>) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const asked = performance.now();
  return turns.run(
    (turn) => {
      usage.queue_ms += performance.now() - asked;
      return run(async () => {
        const ended = performance.now();
        await turn.next();
        const waited = performance.now() - ended;
        usage.queue_ms += waited;
        usage.session_ms -= waited;
      });
    },
    { signal },
  );
}

/** Code points of all texts. */
function countCharacters(texts: readonly TextInput[]): number {
  let count = 0;
  for (const text of texts.flat()) for (const _ of text) count++;
  return count;
}

/** Allowed heads come first and so become the defaults. */
function allowedFirst(heads: LoadedModel["heads"], allowed: ReadonlySet<string>): LoadedModel["heads"] {
  return heads.toSorted((a, b) => Number(allowed.has(b.name)) - Number(allowed.has(a.name)));
}

async function measure<T>(
  usage: Usage,
  session: InferenceSession,
  run: () => Promise<T>,
  ids: { readonly data: { readonly length: number } } | undefined,
): Promise<T> {
  const start = performance.now();
  try {
    return await run();
  } finally {
    usage.tokens += ids?.data.length ?? 0;
    usage.session_ms += performance.now() - start;
    usage.memory = session.memory;
  }
}
