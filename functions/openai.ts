// The routes of OpenAI clients as a Worker of their own.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { openai } from "../src/http/compat/openai.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";

export default createApp({ model, groups: [openai], docs: apiDocs });
