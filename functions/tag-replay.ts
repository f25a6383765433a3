// Dead letters: the consumer that keeps what the queue of tags has given up, and the routes by which an operator lists them and sends them
// again. The keeping itself is tag-dead-letters.ts.
import { Hono } from "hono";
import * as v from "valibot";
import { parseBody } from "../src/http/body.ts";
import { methodNotAllowed, RequestError } from "../src/http/errors.ts";
import { LIMITS } from "../src/http/limits.ts";
import { count, natural } from "../src/http/parameters.ts";
import { readQuery } from "../src/http/query.ts";
import { requestScope } from "../src/http/request-scope.ts";
import type { Operation, Routes } from "../src/http/route.ts";
import { messageSchema, type TagBatch, type TagQueue } from "./tag-callback.ts";
import type { DeadLettersNamespace } from "./tag-dead-letters.ts";

const KEEP_MILLISECONDS = 30 * 86_400_000;
// One object for all: dead letters are few.
const NAME = "all";

/** Keeps a batch, and says so in the log, a line of JSON each. What is no message of ours cannot be sent again and is dropped. */
export async function keepDeadLetters({ messages }: TagBatch, namespace: DeadLettersNamespace): Promise<void> {
  const read = messages.map(({ body }) => v.safeParse(messageSchema, body));
  const letters = read.flatMap(({ success, output }) => (success ? [output] : []));
  // What throws here leaves the whole batch in the queue.
  await namespace.getByName(NAME).keep(letters, KEEP_MILLISECONDS);
  for (const { success, output } of read) {
    const { id, source, delivery } = success ? output : {};
    console.error(JSON.stringify({ dead_letter: id ?? null, source, delivery, kept: success }));
  }
}

const query = {
  limit: v.optional(v.pipe(count, v.maxValue(LIMITS.page_entries)), LIMITS.page_entries),
  after: v.optional(v.pipe(natural, v.description("`next` of the page before.")), 0),
};
const letterSchema = v.object({ ...messageSchema.entries, failed_at: v.string() });

const operations: readonly Operation[] = [
  {
    method: "get",
    path: "/dead-letters",
    summary: "Tags that no callback took, in the order in which they were given up",
    query,
    answer: v.object({ dead_letters: v.array(letterSchema), next: v.nullable(v.number()) }),
  },
  {
    method: "post",
    path: "/dead-letters/{id}/replay",
    summary: "Send tags to their callback again",
    answer: v.object({ id: v.string(), queued: v.literal(true) }),
  },
];

/** The operator's routes. */
export function replayRoutes(namespace: DeadLettersNamespace, queue: TagQueue): Routes {
  const mount = (): Hono => {
    const app = new Hono();
    app.get("/dead-letters", async (context) => {
      checkOperator();
      const { limit, after } = parseBody(v.strictObject(query), readQuery(context, query));
      context.header("Cache-Control", "no-store");
      return context.json(await namespace.getByName(NAME).list(limit, after));
    });
    app.post("/dead-letters/:id/replay", async (context) => {
      checkOperator();
      const id = context.req.param("id");
      const letters = namespace.getByName(NAME);
      const message = await letters.find(id);
      if (!message) throw new RequestError("not_found", `there is no dead letter ${id}`);
      // Whoever fails between the two has it sent twice, under the same identifier, and not lost.
      await queue.send(message);
      await letters.remove(id);
      return context.json({ id, queued: true });
    });
    app.all("/dead-letters", methodNotAllowed("GET"));
    app.all("/dead-letters/:id/replay", methodNotAllowed("POST"));
    return app;
  };
  return Object.assign(mount, { operations });
}

/** Tags hold words of the texts: they are for none but an operator, also where no keys are set up. @throws RequestError `forbidden` */
function checkOperator(): void {
  if (!requestScope()?.operator) throw new RequestError("forbidden", "this needs the key of an operator");
}
