// What we use of the Workers runtime's own module. The types of the platform's objects are told where they are used.
declare namespace Cloudflare {
  /** Bindings, variables and secrets; what a Worker really has is for schemas to find out. */
  interface Env {
    readonly [binding: string]: unknown;
  }
}

declare module "cloudflare:workers" {
  export const env: Cloudflare.Env;
  /** Keeps the request that is being served alive for this promise, also when its client has gone. */
  export function waitUntil(promise: Promise<unknown>): void;
  export abstract class DurableObject {
    constructor(ctx: DurableObject["ctx"], env: Cloudflare.Env);
    readonly ctx: {
      readonly storage: {
        get(key: string): Promise<unknown>;
        put(key: string, value: unknown): Promise<void>;
        deleteAll(): Promise<void>;
        setAlarm(time: number): Promise<void>;
      };
    };
  }
}
