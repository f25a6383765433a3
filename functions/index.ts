// The gateway: every task, and the routes of existing clients, behind one address and over one model.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { cohere } from "../src/http/compat/cohere.ts";
import { endpoint } from "../src/http/compat/endpoint.ts";
import { huggingFace } from "../src/http/compat/hugging-face.ts";
import { openai } from "../src/http/compat/openai.ts";
import { tei } from "../src/http/compat/tei.ts";
import { TASKS } from "../src/tasks/index.ts";

export default createApp({
  model,
  tasks: TASKS,
  groups: [tei, openai, cohere, huggingFace(TASKS), endpoint(TASKS)],
});
