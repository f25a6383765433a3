// Typed decisions as a Worker of their own: /v1/systemone, /v1/decisions and the list of models.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { modelList } from "../src/http/compat/openai.ts";
import { openaiDecisions } from "../src/http/compat/openai-decisions.ts";
import { systemOne } from "../src/http/compat/system-one.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { teaching } from "../src/http/teaching.ts";

export default createApp({ model, groups: [modelList, openaiDecisions, systemOne], teaching, docs: apiDocs });
