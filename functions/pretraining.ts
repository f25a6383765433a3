// BERT's pretraining objectives as a Worker of its own.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { pretraining } from "../src/tasks/pretraining.ts";

export default createApp({ model, tasks: [pretraining], docs: apiDocs });
