// A large model's server, by HTTP, which answers as a test says.
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly milliseconds?: number;
}

export class UpstreamServer {
  readonly received: Received[] = [];
  reply: (received: Received) => Reply = () => ({});
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
        const received = { path: request.url!, headers: request.headers, body };
        this.received.push(received);
        const { status = 200, headers = {}, body: answer, milliseconds = 0 } = this.reply(received);
        setTimeout(() => {
          response.writeHead(status, headers);
          response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
        }, milliseconds);
      });
    });
  }

  static async start(): Promise<UpstreamServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new UpstreamServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
