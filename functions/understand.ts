// Search query understanding as a Worker of its own.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { teaching } from "../src/http/teaching.ts";
import { understand } from "../src/tasks/understand/understand.ts";

export default createApp({ model, tasks: [understand], teaching, docs: apiDocs });
