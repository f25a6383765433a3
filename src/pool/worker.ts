// A thread of the pool: loads the model, says so, and answers runs one after the other. Only pool threads import this module.
import { parentPort, workerData } from "node:worker_threads";
import { BertletError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { KernelSession } from "../wasm/kernel/session.ts";
import { type RunMessage, type ThreadData, type ThreadMessage, toFailure, toTensors } from "./messages.ts";

const port = parentPort;
if (!port)
  throw new BertletError("unsupported", "bertlet/pool starts this module as a thread; it is not to be imported");

const { model, options } = workerData as ThreadData;
const session = answer(async () => {
  const loaded = await KernelSession.create(model, options);
  return { session: loaded, outputs: {} };
});

port.on("message", async ({ feeds, fetches }: RunMessage) => {
  const loaded = await session;
  if (loaded) await answer(async () => ({ session: loaded, outputs: await loaded.run(toTensors(feeds), fetches) }));
});

interface Done {
  readonly session: KernelSession;
  readonly outputs: Record<string, Tensor>;
}

/** Sends what `work` computes, or why it cannot. Resolves to the session, or undefined after a failure. */
async function answer(work: () => Promise<Done>): Promise<KernelSession | undefined> {
  try {
    const { session, outputs } = await work();
    const { bytes, maximum } = session.memory;
    send({ outputs, memory: { bytes, maximum } });
    return session;
  } catch (error) {
    send({ failure: toFailure(error) });
    return undefined;
  }
}

/** Outputs are handed over, not copied. */
function send(message: ThreadMessage): void {
  const tensors = "outputs" in message ? Object.values(message.outputs) : [];
  port!.postMessage(message, [...new Set(tensors.map(({ data }) => (data as Float32Array<ArrayBuffer>).buffer))]);
}
