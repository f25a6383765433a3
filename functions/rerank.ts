// Reranking as a Worker of its own, in the shapes of Text Embeddings Inference, Cohere and Jina.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { cohere } from "../src/http/compat/cohere.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { rerank } from "../src/tasks/rerank.ts";

export default createApp({ model, tasks: [rerank], groups: [cohere], docs: apiDocs });
