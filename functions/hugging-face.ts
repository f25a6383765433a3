// The routes of Hugging Face clients as a Worker of their own.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { endpoint } from "../src/http/compat/endpoint.ts";
import { huggingFace } from "../src/http/compat/hugging-face.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { TASKS } from "../src/tasks/index.ts";

export default createApp({ model, groups: [huggingFace(TASKS), endpoint(TASKS)], docs: apiDocs });
