// Text classification as a Worker of its own.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { teaching } from "../src/http/teaching.ts";
import { classify } from "../src/tasks/classify.ts";

export default createApp({ model, tasks: [classify], teaching, docs: apiDocs });
