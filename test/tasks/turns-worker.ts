// A Worker for tests whose computations take their turns, and whose clients can go away in the middle.
import { Hono } from "hono";
import { onError } from "../../src/http/errors.ts";
import { admit } from "../../src/http/middleware/admission.ts";
import { beginScope, RequestRegistry } from "../../src/http/middleware/request-scope.ts";
import { TurnQueue } from "../../src/tasks/turns.ts";

const app = new Hono<{
  Bindings: { SELF: { fetch(url: string, options: { signal: AbortSignal }): Promise<Response> } };
}>();
app.onError(onError);
const turns = new TurnQueue();

// Some 30 ms without a pause, whatever the clock says.
function computeLong(): number {
  let sum = 0;
  for (let i = 0; i < 3e7; i++) sum = Math.imul(sum ^ i, 0x9e3779b1);
  return sum;
}

let arrived = 0;
let begun = 0;

/** When a request came and when its turn began, counted. */
const compute = () => {
  const arrival = ++arrived;
  return turns.run(async () => {
    begun++;
    return { arrival, begin: begun, sum: computeLong() };
  });
};

// Before the guard, which would keep a request whose client has gone: these stop where they are.
app.get("/unkept", async (context) => context.json(await compute()));
app.get("/unkept-long", (context) =>
  turns.run(async () => {
    await new Promise((done) => setTimeout(done, 60_000));
    return context.text("done");
  }),
);
for (const path of ["/unkept", "/unkept-long", "/kept", "/parts"]) {
  // From outside, local servers stand between and would not go away with a client.
  app.get(`/gone${path}`, async (context) => {
    const waiting = context.env.SELF.fetch(`http://self${path}`, { signal: AbortSignal.timeout(50) });
    return waiting.then(
      () => context.text("answered"),
      () => context.text("gone"),
    );
  });
}
app.use(beginScope(), admit({ env: {}, registry: new RequestRegistry(), inFlight: 16 }));
// Two hundred turns of some 30 ms, of a request that is kept when its client has gone.
let parts = 0;
app.get("/parts", (context) =>
  turns.run(
    async (turn) => {
      for (parts = 0; parts < 200; parts++) {
        await turn.next();
        computeLong();
      }
      return context.text("done");
    },
    { signal: context.req.raw.signal },
  ),
);
app.get("/parts/done", (context) => context.json(parts));
app.get("/kept", async (context) => context.json(await compute()));

export default app;
