// What the functions ask their runtime for, in the browser mode: a page has no variables. It stands where "#runtime" (package.json) stands
// elsewhere.

export const environment: Readonly<Record<string, unknown>> = {};
