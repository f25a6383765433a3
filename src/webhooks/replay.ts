// Dead letters: the queue consumer that keeps tags which could not be delivered, and the routes by which an operator lists and replays them.
import type { Context } from "hono";
import { Hono } from "hono/tiny";
import * as v from "valibot";
import { RequestError } from "../http/errors.ts";
import { onMethods } from "../http/methods.ts";
import { readQuery } from "../http/query.ts";
import type { Operation, RouteGroup } from "../http/routes.ts";
import { strictObject } from "../schemas.ts";
import { count, natural } from "../tasks/fields.ts";
import { LIMITS } from "../tasks/limits.ts";
import { parseBody } from "../tasks/task.ts";
import { messageSchema, type TagBatch, type TagQueue } from "./callback.ts";
import type { DeadLettersNamespace } from "./dead-letters.ts";

const KEEP_MILLISECONDS = 30 * 86_400_000;
// One object for all: dead letters are few.
const NAME = "all";

/** Keeps a batch, and logs a line of JSON per message. A message that is not one of ours cannot be replayed and is dropped. */
export async function keepDeadLetters({ messages }: TagBatch, namespace: DeadLettersNamespace): Promise<void> {
  const read = messages.map(({ body }) => v.safeParse(messageSchema, body));
  const letters = read.flatMap(({ success, output }) => (success ? [output] : []));
  // If this throws, the whole batch stays in the queue.
  await namespace.getByName(NAME).keep(letters, KEEP_MILLISECONDS);
  for (const { success, output } of read) {
    const { id, source, delivery } = success ? output : {};
    console.error(JSON.stringify({ dead_letter: id ?? null, source, delivery, kept: success }));
  }
}

const query = {
  limit: v.optional(v.pipe(count, v.maxValue(LIMITS.page_entries)), LIMITS.page_entries),
  after: v.optional(v.pipe(natural, v.description("`next` of the previous page.")), 0),
};
const letterSchema = v.object({
  ...messageSchema.entries,
  tags: v.record(v.string(), v.array(v.unknown())),
  failed_at: v.string(),
});

const operations: readonly Operation[] = [
  {
    method: "get",
    path: "/dead-letters",
    summary: "Tags that could not be delivered, in the order in which they were given up",
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
export function replayGroup(namespace: DeadLettersNamespace, queue: TagQueue): RouteGroup {
  const letters = () => namespace.getByName(NAME);
  return {
    tag: { name: "Webhooks", description: "Tags of signed webhooks." },
    operations,
    mount() {
      const app = new Hono();
      onMethods(app, "/dead-letters", {
        GET: async (context) => {
          checkOperator(context);
          const { limit, after } = parseBody(strictObject(query), readQuery(context, query));
          context.header("Cache-Control", "no-store");
          return context.json(await letters().list(limit, after));
        },
      });
      onMethods(app, "/dead-letters/:id/replay", {
        POST: async (context) => {
          checkOperator(context);
          const id = context.req.param("id")!;
          const message = await letters().find(id);
          if (!message) throw new RequestError("not_found", `there is no dead letter ${id}`);
          // At least once: a crash between the two sends it again, with the same id.
          await queue.send(message);
          await letters().remove(id);
          return context.json({ id, queued: true });
        },
      });
      return app;
    },
  };
}

/** Tags contain words of the texts, so only an operator may see them, even if no keys are set up. @throws RequestError `forbidden` */
function checkOperator(context: Context): void {
  if (!context.var.scope.key?.operator) throw new RequestError("forbidden", "this needs an operator's key");
}
