// What holds for one request wherever its work goes: the model it chose, what its key allows, what it costs, and what to release at its
// end; and how many requests there are.
import type { MiddlewareHandler } from "hono";
import { waitUntil } from "#runtime";
import { newUsage, type Usage } from "../../tasks/usage.ts";
import { overloaded } from "../errors.ts";
import type { Lease } from "../models/provider.ts";
import type { ApiKey } from "./auth.ts";

export interface RequestScope {
  readonly usage: Usage;
  /** The model's name, from X-Model; the default model when undefined. */
  readonly model: string | undefined;
  /** The model that answers, once it is known to exist. */
  lease: Lease | undefined;
  /** The key that was sent; undefined if none is needed. */
  key: Pick<ApiKey, "name" | "operator" | "teach"> | undefined;
  /** Whether the request needs no key. */
  open: boolean;
  /** The only heads that the request's key allows; all when undefined. */
  heads: ReadonlySet<string> | undefined;
  /** Called when the request has been answered. */
  readonly cleanups: (() => void)[];
  /** When a streamed answer has been read or given up; undefined for others. */
  sent: Promise<void> | undefined;
  /**
   * Reads the request's body. Until it is there the request takes no place; its bytes count until the request has been answered. `read` is
   * given a function to call with the number of bytes of every piece.
   */
  receive: <T>(read: (count: (bytes: number) => void) => Promise<T>) => Promise<T>;
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
  return {
    usage: newUsage(),
    model,
    lease: undefined,
    key: undefined,
    open: false,
    heads: undefined,
    cleanups: [],
    sent: undefined,
    receive: (read) => read(() => {}),
  };
}

// A Worker drops a request silently some time after its client disconnected, at the latest after 30 seconds of waitUntil. A request that began
// so long ago, and whose client is gone, has been stopped.
const LONGEST_MILLISECONDS = 60_000;

interface Arrival {
  /** Aborted when the request's client has gone. */
  readonly signal?: AbortSignal | undefined;
  readonly hasBody?: boolean;
}

interface Running {
  /** When the request began. */
  readonly since: number;
  readonly signal: AbortSignal | undefined;
  /** Of its body. */
  bytes: number;
  receiving: boolean;
}

/** The requests an app is working on. */
export class RequestRegistry {
  readonly #running = new Map<RequestScope, Running>();
  #bytes = 0;
  #receiving = 0;

  /** How many there are, those whose body is still arriving aside. */
  get size(): number {
    const stopped = Date.now() - LONGEST_MILLISECONDS;
    for (const [scope, { since, signal }] of this.#running)
      if (since < stopped && (signal?.aborted ?? true)) this.#end(scope);
    return this.#running.size - this.#receiving;
  }

  /** Serves a request to its end, and calls its cleanups then. One with a body takes no place before `receive` has read it. */
  run<T>(scope: RequestScope, serve: () => Promise<T>, { signal, hasBody = false }: Arrival = {}): Promise<T> {
    this.#running.set(scope, { since: Date.now(), signal, bytes: 0, receiving: hasBody });
    if (hasBody) this.#receiving++;
    const served = serve().finally(() => {
      if (!scope.sent) this.#end(scope);
      else void scope.sent.finally(() => this.#end(scope));
    });
    waitUntil(served.catch(() => {}).then(() => scope.sent));
    return served;
  }

  /**
   * Reads the body of a running request, as {@link RequestScope.receive} says.
   * @param most bytes of all bodies
   * @throws RequestError `overloaded` when all bodies together have more bytes
   */
  async receive<T>(
    scope: RequestScope,
    most: number,
    read: (count: (bytes: number) => void) => Promise<T>,
  ): Promise<T> {
    const running = this.#running.get(scope);
    if (!running) return read(() => {});
    try {
      return await read((bytes) => {
        running.bytes += bytes;
        this.#bytes += bytes;
        if (this.#bytes > most) throw overloaded("too many large requests are in progress");
      });
    } finally {
      this.#received(running);
    }
  }

  #received(running: Running): void {
    if (!running.receiving) return;
    running.receiving = false;
    this.#receiving--;
  }

  #end(scope: RequestScope): void {
    const running = this.#running.get(scope);
    if (!running) return;
    this.#running.delete(scope);
    this.#received(running);
    this.#bytes -= running.bytes;
    for (const cleanup of scope.cleanups) cleanup();
  }
}
