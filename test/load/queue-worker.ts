// The door of a queue that lives outside of the process: what is sent is kept by whoever listens at KEEP before `send` returns, and what comes
// by HTTP is handed to the consumer as the platform does. It keeps nothing itself.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Dispatched, Outcome } from "./kept-queue.ts";

interface Consumer {
  queue(name: string, messages: readonly object[]): Promise<Outcome>;
}

export default class extends WorkerEntrypoint {
  async send(message: unknown): Promise<void> {
    const response = await fetch(this.env.KEEP as string, { method: "POST", body: JSON.stringify(message) });
    if (!response.ok) throw new Error("the message was not kept");
  }

  async fetch(request: Request): Promise<Response> {
    const messages = (await request.json()) as Dispatched[];
    const timestamp = new Date();
    const { outcome, explicitAcks } = await (this.env.CONSUMER as Consumer).queue(
      "bertlet-tags",
      messages.map((message) => ({ ...message, timestamp })),
    );
    return Response.json({ outcome, explicitAcks } satisfies Outcome);
  }
}
