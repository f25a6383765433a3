// A Worker for tests whose model comes slowly: a piece at a time, from the real bucket.
import { Hono } from "hono";
import { onError } from "../../../src/http/errors.ts";
import { loadOnce } from "../../../src/http/models/load-once.ts";
import type { StoredModel } from "../../../src/http/models/settings.ts";
import { openStored } from "../../../src/http/models/stored.ts";
import { loadPretrained } from "../../../src/models/load-pretrained.ts";

interface Bucket {
  get(key: string): Promise<{ body: ReadableStream<Uint8Array> } | null>;
}
interface Env {
  readonly BUCKET: Bucket;
  readonly SELF: { fetch(url: string, options: { signal: AbortSignal }): Promise<Response> };
  readonly SPEC: StoredModel;
  /** Milliseconds that the whole load takes at least. */
  readonly SLOWNESS: number;
  readonly PATIENCE: number;
}

let loads = 0;
let model: ReturnType<typeof loadOnce> | undefined;

function slowly(bucket: Bucket, { bytes }: StoredModel, milliseconds: number): Bucket {
  return {
    async get(key) {
      const object = await bucket.get(key);
      const slow = new TransformStream<Uint8Array, Uint8Array>({
        async transform(piece, controller) {
          await new Promise((done) => setTimeout(done, (milliseconds * piece.byteLength) / bytes));
          controller.enqueue(piece);
        },
      });
      return object && { body: object.body.pipeThrough(slow) };
    },
  };
}

const app = new Hono<{ Bindings: Env }>();
app.onError(onError);
// A client that goes away after half a second. From outside, local servers stand between and would not go with it.
app.get("/gone", async (context) => {
  const waiting = context.env.SELF.fetch("http://self/", { signal: AbortSignal.timeout(500) });
  return waiting.then(
    () => context.text("answered"),
    () => context.text("gone"),
  );
});
/** How many loads were begun: a test waits for the first one, however long it takes the machine to come to it. */
app.get("/loads", (context) => context.json(loads));
app.get("/", async (context) => {
  const { heads } = await load(context.env);
  return context.json({ loads, heads: heads.length });
});
/** Two callers at the same moment. */
app.get("/both", async (context) => {
  const models = await Promise.all([load(context.env), load(context.env)]);
  return context.json({ loads, heads: models.map(({ heads }) => heads.length) });
});

function load({ BUCKET, SPEC, SLOWNESS, PATIENCE }: Env): ReturnType<ReturnType<typeof loadOnce>> {
  model ??= loadOnce((heard) => {
    loads++;
    return loadPretrained(openStored(SPEC, { BUCKET: slowly(BUCKET, SPEC, loads === 1 ? SLOWNESS : 0) }, heard));
  }, PATIENCE);
  return model();
}

export default app;
