// A Worker for tests with what stands before a function, as serve.ts puts it there, around one function; its bindings are those of the test.
import { Hono } from "hono";
import { classify } from "../../functions/classify.ts";
import { defaultModel } from "../../functions/default-model.ts";
import { onError } from "../../src/http/errors.ts";
import { guard } from "../../src/http/guards.ts";
import { Metrics } from "../../src/http/metrics.ts";
import { observe } from "../../src/http/observe.ts";

const app = new Hono();
app.onError(onError);
app.use(observe(new Metrics(), () => {}));
app.use(guard());
app.get("/info", async (context) => context.json({ digest: (await defaultModel()).digest }));
app.route("/", classify(defaultModel));

export default app;
