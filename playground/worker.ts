// The tasks in a web worker: the same code as behind the API, over the model that this site serves. The page sends requests as messages
// instead of over the network.
import { BertletError } from "../src/errors.ts";
import { statusOf } from "../src/http/errors.ts";
import { TASKS } from "../src/tasks/index.ts";
import { parseBody, runTask } from "../src/tasks/task.ts";
import { newUsage } from "../src/tasks/usage.ts";
import { type ApiRequest, type ApiResponse, type Question, send } from "./messages.ts";
import { loadModel } from "./model.ts";

const model = loadModel();

addEventListener("message", async ({ data }: MessageEvent<Question>) => {
  send({ kind: "answer", id: data.id, response: await respond(data) });
});

async function respond({ path, body }: ApiRequest): Promise<ApiResponse> {
  try {
    const task = TASKS.find((task) => task.path === path);
    if (!task) throw new BertletError("not_found", `there is no ${path}`);
    const usage = newUsage();
    const start = performance.now();
    const answer = await runTask(task, await model, parseBody(task.body, body), { usage });
    const total = performance.now() - start;
    const timing = `session;dur=${usage.session_ms.toFixed(2)}, total;dur=${total.toFixed(2)}`;
    return { status: 200, cache: null, timing, body: answer };
  } catch (error) {
    if (!(error instanceof BertletError)) throw error;
    const { type, message } = error as BertletError;
    return { status: statusOf(type), cache: null, timing: null, body: { error: message, error_type: type } };
  }
}
