// The gateway: every task, and the routes of existing clients, behind one address and over one model.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { cohere } from "../src/http/compat/cohere.ts";
import { endpoint } from "../src/http/compat/endpoint.ts";
import { huggingFace } from "../src/http/compat/hugging-face.ts";
import { openai } from "../src/http/compat/openai.ts";
import { openaiDecisions } from "../src/http/compat/openai-decisions.ts";
import { systemOne } from "../src/http/compat/system-one.ts";
import { tei } from "../src/http/compat/tei.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { teaching } from "../src/http/teaching.ts";
import { TASKS } from "../src/tasks/index.ts";

const app = createApp({
  model,
  tasks: TASKS,
  groups: [tei, openai, openaiDecisions, systemOne, cohere, huggingFace(TASKS), endpoint(TASKS)],
  teaching,
  docs: apiDocs,
});

interface Bindings {
  readonly ASSETS: { fetch(request: Request): Promise<Response> };
}

export default {
  /** The page at / is the playground's, while POST / is a route: wrangler.toml sends both here. */
  fetch(request: Request, env: Bindings): Response | Promise<Response> {
    const isPage = new URL(request.url).pathname === "/" && ["GET", "HEAD"].includes(request.method);
    return isPage ? env.ASSETS.fetch(request) : app.fetch(request);
  },
};
