// A Worker for tests that takes two requests at once, and whose clients can go away in the middle.
import { Hono } from "hono";
import { onError } from "../../../src/http/errors.ts";
import { admit } from "../../../src/http/middleware/admission.ts";
import { beginScope, RequestRegistry } from "../../../src/http/middleware/request-scope.ts";

const app = new Hono<{
  Bindings: { SELF: { fetch(url: string, options: { signal: AbortSignal }): Promise<Response> } };
}>();
app.onError(onError);
// From outside, local servers stand between and would not go away with a client.
app.get("/gone", async (context) => {
  const waiting = context.env.SELF.fetch("http://self/slow", { signal: AbortSignal.timeout(200) });
  return waiting.then(
    () => context.text("answered"),
    () => context.text("gone"),
  );
});
app.use(beginScope(), admit({ env: {}, registry: new RequestRegistry(), inFlight: 2 }));
app.get("/slow", async (context) => {
  await new Promise((done) => setTimeout(done, 1000));
  return context.text("done");
});

export default app;
