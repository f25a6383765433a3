// What holds for one request wherever its work goes, without being handed through every function: which model it chose, which heads its
// key may use, whether it is an operator's, and what to give back when it ends; and how many requests there are.
import { AsyncLocalStorage } from "node:async_hooks";
import { waitUntil } from "#runtime";

export interface RequestScope {
  /** The model's name; the default's when left out. */
  readonly model: string | undefined;
  /** The only heads that may be used, once the request's key is known; all when undefined. */
  heads: ReadonlySet<string> | undefined;
  /** Whether the request's key says so. */
  operator: boolean;
  /** Called when the request has been answered. */
  readonly cleanups: (() => void)[];
}

const storage = new AsyncLocalStorage<RequestScope>();

/** The scope of the request that is being served; undefined where nothing guards requests. */
export function requestScope(): RequestScope | undefined {
  return storage.getStore();
}

// A Worker stops a request without a word when its client goes away. It is kept to its end by waitUntil, which has a limit; whatever is
// older than this has been stopped.
const LONGEST_MILLISECONDS = 60_000;

/** The scopes of requests that have not ended, and when they began. */
const inFlight = new Map<RequestScope, number>();

/** Serves a request in a scope of its own, and cleans up after it. */
export function inScope<T>(model: string | undefined, serve: (scope: RequestScope) => Promise<T>): Promise<T> {
  const scope: RequestScope = { model, heads: undefined, operator: false, cleanups: [] };
  inFlight.set(scope, Date.now());
  const done = storage.run(scope, () => serve(scope)).finally(() => end(scope));
  waitUntil(done.catch(() => {}));
  return done;
}

/** How many requests the isolate is working on. */
export function requestsInFlight(): number {
  const stopped = Date.now() - LONGEST_MILLISECONDS;
  for (const [scope, since] of inFlight) if (since < stopped) end(scope);
  return inFlight.size;
}

function end(scope: RequestScope): void {
  if (inFlight.delete(scope)) for (const cleanup of scope.cleanups) cleanup();
}
