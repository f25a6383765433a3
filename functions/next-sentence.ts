// Next sentence prediction as a Worker of its own.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { nextSentence } from "../src/tasks/next-sentence.ts";

export default createApp({ model, tasks: [nextSentence], docs: apiDocs });
