// Runs tasks in a web worker, with the same code as the API. The page sends requests as messages instead of over the network.
import { BertletError } from "../src/errors.ts";
import { statusOf } from "../src/http/errors.ts";
import { TASKS } from "../src/tasks/index.ts";
import { parseBody, runTask } from "../src/tasks/task.ts";
import { newUsage } from "../src/tasks/usage.ts";
import { type Question, send, type TaskRequest, type TaskResponse } from "./messages.ts";
import { loadModel } from "./model.ts";

const model = loadModel();

addEventListener("message", async ({ data }: MessageEvent<Question>) => {
  send({ kind: "answer", id: data.id, response: await respond(data) });
});

async function respond({ path, body }: TaskRequest): Promise<TaskResponse> {
  try {
    const task = TASKS.find((task) => task.path === path);
    if (!task) throw new BertletError("not_found", `there is no route ${path}`);
    const usage = newUsage();
    const answer = await runTask(task, await model, parseBody(task.body, body), { usage });
    const { session_ms: modelMs, tokens, truncated } = usage;
    return { status: 200, body: answer, modelMs, tokens, truncated };
  } catch (error) {
    if (error instanceof BertletError) return failure(statusOf(error.type), error.type, error.message);
    return failure(500, "internal", `The worker failed: ${error}`);
  }
}

function failure(status: number, error_type: string, error: string): TaskResponse {
  return { status, body: { error, error_type } };
}
