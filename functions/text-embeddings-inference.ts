// The routes of Text Embeddings Inference as a Worker of their own.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { predict } from "../src/http/compat/tei.ts";
import { decode, embed, embedAll, rerank, similarity, tokenize } from "../src/tasks/index.ts";

export default createApp({ model, tasks: [embed, embedAll, predict, rerank, similarity, tokenize, decode] });
