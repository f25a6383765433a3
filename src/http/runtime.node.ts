// The same outside of Workers: the process's variables. A request that ends early does not stop what it began.

export const environment: Readonly<Record<string, unknown>> =
  (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env ?? {};

export function waitUntil(_promise: Promise<unknown>): void {}
