// What holds for one request wherever its work goes: the model it chose, what its key allows, what it costs, and what to release at its
// end; and how many requests there are.
import type { MiddlewareHandler } from "hono";
import { waitUntil } from "#runtime";
import { newUsage, type Usage } from "../../tasks/usage.ts";
import type { Lease } from "../models/provider.ts";
import type { ApiKey } from "./auth.ts";

export interface RequestScope {
  readonly usage: Usage;
  /** The model's name, from X-Model; the default model when undefined. */
  readonly model: string | undefined;
  /** The model that answers, once it is known to exist. */
  lease: Lease | undefined;
  /** The key that was sent; undefined if none is needed. */
  key: Pick<ApiKey, "name" | "operator"> | undefined;
  /** Whether the request needs no key. */
  open: boolean;
  /** The only heads that the request's key allows; all when undefined. */
  heads: ReadonlySet<string> | undefined;
  /** Called when the request has been answered. */
  readonly cleanups: (() => void)[];
}

declare module "hono" {
  interface ContextVariableMap {
    scope: RequestScope;
  }
}

/** Middleware: gives every request its scope. */
export function beginScope(): MiddlewareHandler {
  return (context, next) => {
    context.set("scope", newScope(context.req.header("x-model")));
    return next();
  };
}

/** Middleware for paths that need no key. */
export function openScope(): MiddlewareHandler {
  return (context, next) => {
    context.var.scope.open = true;
    return next();
  };
}

export function newScope(model?: string): RequestScope {
  return { usage: newUsage(), model, lease: undefined, key: undefined, open: false, heads: undefined, cleanups: [] };
}

// A Worker drops a request silently when its client disconnects. waitUntil lets it finish, within a limit: a request older than this has been
// stopped by the runtime.
const LONGEST_MILLISECONDS = 60_000;

/** The requests an app is working on. */
export class RequestRegistry {
  /** When each began. */
  readonly #running = new Map<RequestScope, number>();

  get size(): number {
    const stopped = Date.now() - LONGEST_MILLISECONDS;
    for (const [scope, since] of this.#running) if (since < stopped) this.#end(scope);
    return this.#running.size;
  }

  /** Serves a request to its end, and calls its cleanups then. */
  run<T>(scope: RequestScope, serve: () => Promise<T>): Promise<T> {
    this.#running.set(scope, Date.now());
    const served = serve().finally(() => this.#end(scope));
    waitUntil(served.catch(() => {}));
    return served;
  }

  #end(scope: RequestScope): void {
    if (this.#running.delete(scope)) for (const cleanup of scope.cleanups) cleanup();
  }
}
