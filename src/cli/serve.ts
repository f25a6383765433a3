// bertlet serve: a model's tasks over HTTP from this machine, with the routes, settings and limits that a Worker has.
import { once } from "node:events";
import type { Server } from "node:http";
import { serve as listen } from "@hono/node-server";
import {
  apiDocs,
  cohere,
  createApp,
  endpoint,
  huggingFace,
  openai,
  openaiDecisions,
  systemOne,
  TASKS,
  tei,
} from "../http/index.ts";
import type { Task } from "../tasks/task.ts";
import { defineCommand, UsageError } from "./command.ts";
import { ParallelTurns } from "./parallel-turns.ts";
import { loadOnThreads, readThreads, THREADS } from "./threads.ts";
import { NARROW, widenVectors } from "./wide-vectors.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export const serve = defineCommand({
  name: "serve",
  summary: "serves a model's tasks over HTTP; settings are variables of the environment, as a Worker's",
  positionals: ["model"],
  options: {
    port: { type: "string", value: "<n>", default: "8787", summary: "where to listen; 0 for any port that is free" },
    host: { type: "string", value: "<address>", default: "localhost", summary: "0.0.0.0 for every network" },
    tasks: { type: "string", value: "<a,b>", summary: "which tasks to serve (all)" },
    threads: THREADS,
    narrow: NARROW,
  },
  async run({ port, host, tasks, threads, narrow }, [source = ""], io) {
    const number = readPort(port);
    const count = readThreads(threads);
    const served = tasks === undefined ? TASKS : tasks.split(",").map(findTask);
    await widenVectors(narrow);
    io.progress(`loading ${source}`);
    // Before it listens, so that a model that cannot be loaded is said at once.
    const model = await loadOnThreads(source, count);
    const all = [tei, openai, openaiDecisions, systemOne, cohere, huggingFace(served), endpoint(served)];
    const groups = tasks === undefined ? all : [];
    const turns = count === 1 ? {} : { turns: new ParallelTurns() };
    const app = createApp({ model: async () => model, tasks: served, groups, docs: apiDocs, ...turns });
    const server = listen({ fetch: app.fetch, port: number, hostname: host }) as Server;
    await once(server, "listening");
    const address = server.address();
    const actual = typeof address === "object" && address !== null ? address.port : number;
    io.progress("");
    io.err(`http://${host}:${actual} serves ${source}; its API is at /docs`);
    await stopped(server);
    await model.session.release();
  },
});

/** Resolves when a signal has come and the requests in flight are answered. */
async function stopped(server: Server): Promise<void> {
  const stop = () => {
    server.close();
    server.closeIdleConnections();
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    await once(server, "close");
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

function findTask(name: string): Task {
  const task = TASKS.find((known) => known.name === name);
  if (!task)
    throw new UsageError(`there is no task ${name}; the tasks are ${TASKS.map(({ name }) => name).join(", ")}`);
  return task;
}

function readPort(text: string): number {
  const port = Number(text);
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new UsageError(`--port is a number from 0 to 65535, and not ${text}`);
  return port;
}
