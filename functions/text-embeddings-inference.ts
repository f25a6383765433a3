// The routes of Text Embeddings Inference as a Worker of their own.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { endpoint } from "../src/http/compat/endpoint.ts";
import { openai } from "../src/http/compat/openai.ts";
import { tei } from "../src/http/compat/tei.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { decode, embed, embedAll, rerank, similarity, tokenize } from "../src/tasks/index.ts";

const tasks = [embed, embedAll, rerank, similarity, tokenize, decode];

export default createApp({ model, tasks, groups: [tei, openai, endpoint(tasks)], docs: apiDocs });
