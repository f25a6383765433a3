// A request as a command line.
import type { ApiRequest } from "./messages.ts";

/** The key, where one is needed, stays out of what is copied and pasted. */
export function curl({ path, body }: ApiRequest, withKey: boolean): string {
  const key = withKey ? ` \\\n  -H "authorization: Bearer $BERTLET_KEY"` : "";
  return `curl ${location.origin}${path} \\\n  -H 'content-type: application/json'${key} \\\n  -d ${quoted(JSON.stringify(body))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
