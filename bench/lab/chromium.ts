// A lab in a headless Chromium: a bundle in a web worker, on a page that this process serves. One thread for either engine.
import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { launch, noChromium } from "../../test/playground/chromium.ts";
import type { Timings } from "./lab.ts";
import type { Answer, Question } from "./page.ts";
import type { Runtime } from "./runtime.ts";

export const chromium: Runtime = {
  name: "headless Chromium",
  absent: noChromium,
  async open() {
    const { server, url } = await serve(await bundle());
    const browser = await launch();
    const page = await browser.newPage();
    await page.goto(url);
    let id = 0;
    return {
      load: async (load, path) => {
        await ask(page, { id: id++, load, url: `/model?${new URLSearchParams({ path })}` });
      },
      time: async (plan) => (await ask(page, { id: id++, plan })) as Timings,
      close: async () => {
        await browser.close();
        server.close();
      },
    };
  },
};

/** Hands the question to the page's worker, and waits for its answer. */
async function ask(page: Page, question: Question): Promise<unknown> {
  const answer = await page.evaluate(
    (question) =>
      new Promise<Answer>((done) => {
        const { lab } = globalThis as unknown as { lab: Worker };
        lab.addEventListener("error", ({ message }) => done({ id: question.id, error: message || "no lab" }));
        lab.addEventListener("message", function listen({ data }: MessageEvent<Answer>) {
          if (data.id !== question.id) return;
          lab.removeEventListener("message", listen);
          done(data);
        });
        lab.postMessage(question);
      }),
    question,
  );
  if ("error" in answer) throw new Error(answer.error);
  return answer.result;
}

/** The bundle's files by the path that they are fetched from. */
async function bundle(): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: { lab: "bench/lab/page.ts" },
    outdir: "/",
    bundle: true,
    splitting: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2024",
    alias: { "#ort": resolve("bench/lab/ort-modules.ts") },
    // Behind imports that this page never comes to: folders, and models of the Hub.
    external: ["node:*", "@huggingface/hub"],
    logLevel: "warning",
  });
  return new Map(outputFiles.map(({ path, contents }) => [path, contents]));
}

const PAGE = `<!doctype html><link rel="icon" href="data:,"><script>lab = new Worker("/lab.js", { type: "module" });</script>`;

/** The page, its worker, the wasm files where the bundle looks for them, and any model of this machine. */
async function serve(scripts: ReadonlyMap<string, Uint8Array>): Promise<{ server: Server; url: string }> {
  const ort = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
  const server = createServer(async ({ url }, response) => {
    const { pathname, searchParams } = new URL(url!, "http://localhost");
    if (pathname === "/") return send(response, "text/html", PAGE);
    const script = scripts.get(pathname);
    if (script) return send(response, "text/javascript", script);
    if (pathname === "/ort.wasm") return send(response, "application/wasm", await readFile(ort));
    if (pathname === "/model") return send(response, "", await readFile(searchParams.get("path")!));
    if (/^\/dist\/kernel\/\w+\.wasm$/.test(pathname))
      return send(response, "application/wasm", await readFile(`.${pathname}`));
    return response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

function send(response: ServerResponse, type: string, body: string | Uint8Array): void {
  response.writeHead(200, {
    "content-type": type || "application/octet-stream",
    // onnxruntime-web's memory is a shared one, and the clock of an isolated page is finer.
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  });
  response.end(body);
}
