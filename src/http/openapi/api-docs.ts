// The description of an app: /openapi.json, and a page for people at /docs.
import { Hono } from "hono/tiny";
import { respondWithDocument } from "../conditional.ts";
import { onMethods } from "../methods.ts";
import { needsKey } from "../middleware/auth.ts";
import type { RouteGroup } from "../routes.ts";
import { docsPage } from "./docs-page.ts";
import { describeApi } from "./openapi.ts";

/** Describes an app that consists of these groups. */
export type ApiDocs = (groups: readonly RouteGroup[], env: Readonly<Record<string, unknown>>) => RouteGroup;

/**
 * For createApp's `docs`. An app without it is about 7 KB (gzip) smaller.
 *
 * @example
 * export default createApp({ model, tasks: [classify], docs: apiDocs });
 */
export const apiDocs: ApiDocs = (groups, env) => ({
  operations: [],
  openPaths: ["/docs", "/openapi.json"],
  mount() {
    const app = new Hono();
    onMethods(app, "/openapi.json", {
      GET: (context) => {
        const document = JSON.stringify(describeApi(groups, needsKey(env)));
        return respondWithDocument(context, document, { "Content-Type": "application/json" });
      },
    });
    onMethods(app, "/docs", { GET: (context) => respondWithDocument(context, docsPage, PAGE_HEADERS) });
    return app;
  },
});

// The page contains all it needs, and may talk to this service only.
const PAGE_HEADERS = {
  "Content-Type": "text/html; charset=UTF-8",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
};
