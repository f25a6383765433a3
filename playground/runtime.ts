// What the functions ask their runtime for, in the browser mode: a page has no variables, and goes on with what it began. It stands where
// "#runtime" (package.json) stands elsewhere.

export const environment: Readonly<Record<string, unknown>> = {};

export function waitUntil(_promise: Promise<unknown>): void {}
