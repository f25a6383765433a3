// Small requests beside those that would hold the isolate: in a real workerd, as deployed. Times of small requests, what the others were told,
// and the process's memory.
import { connect, type Socket } from "node:net";
import { bundle, type Deployed, start } from "../test/load/deployed.ts";
import { printTable } from "./table.ts";

const SMALL_REQUESTS = 60;
const SLOW_BODIES = 64;
const LARGE_BODIES = 25;
const UNREAD_ANSWERS = 24;
const ABORTED = 300;

type Stop = () => Promise<string> | string;

export async function run(): Promise<void> {
  const rows: (string | number)[][] = [];
  const gateway = await start(await bundle(), { beside: [DOOR] });
  try {
    await small(gateway);
    for (const [name, disturb] of Object.entries(DISTURBANCES)) {
      const stop = await disturb(gateway);
      const times: number[] = [];
      const statuses = new Map<number, number>();
      for (let request = 0; request < SMALL_REQUESTS; request++) {
        const began = performance.now();
        const status = await small(gateway);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 200) times.push(performance.now() - began);
      }
      times.sort((a, b) => a - b);
      const quantile = (part: number) => times[Math.floor(part * times.length)] ?? Number.NaN;
      const others = await stop();
      const memory = (await gateway.memory()) / 1e6;
      rows.push([name, describe(statuses), quantile(0.5), quantile(0.99), others, memory]);
    }
  } finally {
    await gateway.close();
  }
  printTable(
    `${SMALL_REQUESTS} small requests one after another, of 16 tokens, no two alike (ms; memory of the process in MB)`,
    ["beside", "answers", "p50", "p99", "the others", "memory"],
    rows,
  );
}

const DISTURBANCES: Readonly<Record<string, (gateway: Deployed) => Promise<Stop>>> = {
  nothing: async () => () => "",
  "a client that sends 32 texts of 512 tokens without end": async (gateway) => {
    let going = true;
    let answered = 0;
    const client = (async () => {
      while (going) {
        const inputs = Array.from({ length: 32 }, () => words(510));
        if ((await post(gateway, "/classify", { inputs })).status === 200) answered++;
      }
    })();
    return async () => {
      going = false;
      await client;
      return `${answered} answered`;
    };
  },
  [`${SLOW_BODIES} bodies that do not arrive`]: async (gateway) => {
    const sockets = Array.from({ length: SLOW_BODIES }, () => slowBody(gateway.url));
    await pause(200);
    return () => {
      for (const socket of sockets) socket.destroy();
      return "";
    };
  },
  [`${LARGE_BODIES} bodies of 1 MB at once`]: async (gateway) => {
    const body = { inputs: Array<number>(510_000).fill(7) };
    const responses = Promise.all(
      Array.from({ length: LARGE_BODIES }, () => post(gateway, "/embed", body).then(({ status }) => status)),
    );
    return async () => describe(count(await responses));
  },
  [`${UNREAD_ANSWERS} answers of megabytes that nobody reads`]: async (gateway) => {
    const sockets = Array.from({ length: UNREAD_ANSWERS }, () => unreadAnswer(gateway.url));
    await pause(5000);
    return () => {
      for (const socket of sockets) socket.destroy();
      return "";
    };
  },
  [`${ABORTED} requests of 32 texts whose clients go away`]: async (gateway) => {
    for (let batch = 0; batch < ABORTED / 20; batch++) {
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const body = JSON.stringify({ inputs: Array.from({ length: 32 }, () => words(100)) });
          await (await fetch(gateway.besides[0]!, { method: "POST", body })).text();
        }),
      );
    }
    return () => "";
  },
};

// The local server does not notice that a client closed its connection; the platform's does, and cancels the request as this Worker does.
const DOOR = {
  name: "door",
  modules: true,
  compatibilityDate: "2026-10-01",
  serviceBindings: { GATEWAY: "gateway" },
  script: `export default {
    async fetch(request, { GATEWAY }) {
      const init = { method: "POST", body: await request.text(), headers: { "content-type": "application/json" } };
      const asked = GATEWAY.fetch("http://gateway/classify", { ...init, signal: AbortSignal.timeout(50) });
      return new Response(await asked.then(({ status }) => String(status), () => "gone"));
    },
  };`,
};

let seed = 0;

/** So many words, no two texts alike. */
function words(length: number): string {
  seed++;
  return Array.from({ length }, (_, index) => VOCABULARY[(seed * 31 + index * 17) % VOCABULARY.length]).join(" ");
}

const VOCABULARY =
  "time person year way day thing man world life hand part child eye woman place work week case point".split(" ");

async function small(gateway: Deployed): Promise<number> {
  const response = await post(gateway, "/classify", { inputs: `${words(12)} ${seed}` });
  await response.arrayBuffer();
  return response.status;
}

function post({ url }: Deployed, path: string, body: object): Promise<Response> {
  const init = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  return fetch(new URL(path, url), init);
}

function slowBody({ hostname, port }: URL): Socket {
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.write(
    `POST /classify HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
  );
  return socket;
}

function unreadAnswer({ hostname, port }: URL): Socket {
  const body = JSON.stringify({ inputs: Array.from({ length: 5 }, () => words(500)) });
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.pause();
  socket.write(
    `POST /embed_all HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

function count(statuses: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

function describe(counts: ReadonlyMap<number, number>): string {
  return [...counts].map(([status, count]) => `${count} × ${status}`).join(", ");
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
