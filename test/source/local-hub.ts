// A Hub on the loopback interface: the routes that clients use, and the ways in which a network fails.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** What goes wrong, and what is asked of clients. */
export interface Faults {
  /** The connection is cut after this many bytes of a file, this many times. */
  cut?: { after: number; times: number };
  /** A byte of each file is flipped. */
  damaged?: boolean;
  /** Ranges are ignored when more than the first byte is asked for. */
  rangeless?: boolean;
  /** Large files are redirected to another server. */
  store?: string;
  /** The list of files goes on at another server. */
  next?: string;
  /** Only this token is let in. */
  token?: string;
  status?: number;
}

export interface SeenRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export class LocalHub {
  readonly files = new Map<string, Uint8Array>();
  readonly seen: SeenRequest[] = [];
  faults: Faults = {};
  endpoint = "";
  #server: Server | undefined;

  async start(): Promise<this> {
    const server = createServer((request, response) => this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return this;
  }

  /** Stops answering; harmless when it has stopped already. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Requests for a file's bytes, but for those that only ask for its size. */
  downloads(name: string): SeenRequest[] {
    return this.seen.filter(({ path, range }) => path.endsWith(`/${name}`) && range !== "bytes=0-0");
  }

  #answer(request: IncomingMessage, response: ServerResponse): unknown {
    const path = new URL(request.url!, "http://hub").pathname;
    const { range, authorization } = request.headers;
    this.seen.push({ path, range, authorization });
    const { status, token } = this.faults;
    if (status) return end(response, status, {});
    if (token && authorization !== `Bearer ${token}`)
      return end(response, 401, { error: "Invalid username or password." });
    if (path.startsWith("/store/")) return this.#file(path.slice("/store/".length), request, response);
    const info = /^\/api\/models\/(tiny|acme\/tiny)\/revision\/(.+)$/.exec(path);
    if (info) return this.#info(decodeURIComponent(info[2]!), response);
    if (/^\/api\/models\/(tiny|acme\/tiny)\/tree\/[0-9a-f]{40}$/.test(path)) {
      if (this.faults.next) response.setHeader("Link", `<${this.faults.next}${path}>; rel="next"`);
      return end(response, 200, this.#tree());
    }
    const resolve = /^\/(tiny|acme\/tiny)\/resolve\/[0-9a-f]{40}\/(.+)$/.exec(path);
    if (!resolve) return end(response, 404, { error: "Repository not found" });
    const name = decodeURIComponent(resolve[2]!);
    const { store } = this.faults;
    if (store && isLarge(name)) {
      response.writeHead(302, {
        Location: `${store}/store/${name}`,
        "X-Linked-Size": this.files.get(name)!.byteLength,
      });
      response.end();
      return;
    }
    this.#file(name, request, response);
  }

  #info(revision: string, response: ServerResponse): unknown {
    if (!["main", "v1", COMMIT].includes(revision)) return end(response, 404, { error: "Revision not found" });
    end(response, 200, { _id: "1", id: "acme/tiny", sha: COMMIT, lastModified: "2026-01-01T00:00:00.000Z" });
  }

  #tree(): object[] {
    return Array.from(this.files, ([path, bytes]) => ({
      type: "file",
      path,
      size: bytes.byteLength,
      oid: digest("sha1", `blob ${bytes.byteLength}\0`, bytes),
      ...(isLarge(path) && { lfs: { oid: digest("sha256", "", bytes), size: bytes.byteLength, pointerSize: 134 } }),
    }));
  }

  #file(name: string, request: IncomingMessage, response: ServerResponse): unknown {
    const { cut, damaged, rangeless } = this.faults;
    const file = this.files.get(name);
    if (!file) return end(response, 404, { error: "Entry not found" });
    const probe = request.headers.range === "bytes=0-0";
    const asked = rangeless && !probe ? null : /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    const [start, last] = asked ? [Number(asked[1]), Number(asked[2])] : [0, file.byteLength - 1];
    const body = file.slice(start, last + 1);
    if (damaged) body[0]! ^= 1;
    response.writeHead(asked ? 206 : 200, {
      ETag: `"${digest("sha1", "", file)}"`,
      "Content-Length": body.byteLength,
      ...(asked && { "Content-Range": `bytes ${start}-${last}/${file.byteLength}` }),
    });
    if (!cut || cut.times === 0 || probe || !isLarge(name)) return response.end(body);
    cut.times--;
    response.write(body.subarray(0, cut.after), () => setTimeout(() => response.destroy(), 20));
  }
}

function isLarge(name: string): boolean {
  return name.endsWith(".safetensors");
}

function digest(algorithm: string, prefix: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(prefix).update(bytes).digest("hex");
}

function end(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}
