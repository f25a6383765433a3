// What every schema in the project shares: objects that name their known keys when they meet another, and issues as one sentence.
import * as v from "valibot";

/**
 * An object with these keys and no others; an unknown key is an issue that lists the known ones.
 *
 * @example
 * v.parse(strictObject({ top_k: v.number() }), { topk: 1 }); // throws "unknown key; the known keys are top_k"
 */
export function strictObject<const Entries extends v.ObjectEntries>(entries: Entries) {
  const known = Object.keys(entries).join(", ") || "none";
  return v.strictObject(entries, (issue): string => {
    if (issue.expected === "never") return `unknown key; the known keys are ${known}`;
    return issue.path && issue.received === "undefined" ? "required" : `expected an object, not ${issue.received}`;
  });
}

/** "parameters.top_k: expected a number"; without the path where the value itself is wrong. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path ? `${path}: ${issue.message}` : issue.message;
}
