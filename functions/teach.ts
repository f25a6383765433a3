// Heads taught over HTTP: the Durable Object that keeps and teaches them, with the tasks that answer by them (docs/teaching.md).
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { openaiDecisions } from "../src/http/compat/openai-decisions.ts";
import { systemOne } from "../src/http/compat/system-one.ts";
import { provideModels } from "../src/http/models/provide.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { teaching } from "../src/http/teaching.ts";
import { classify } from "../src/tasks/classify.ts";
import { understand } from "../src/tasks/understand/understand.ts";
import { HeadStore } from "../src/teaching/head-store.ts";
import { TEACHING_OPERATIONS } from "../src/teaching/schemas.ts";

// The routes and the object share the model where they are in one isolate.
const models = provideModels(model);

export class Heads extends HeadStore {
  readonly models = models;
}

export default createApp({
  model: models,
  tasks: [classify, understand],
  groups: [openaiDecisions, systemOne],
  teaching: (env) => teaching(env, TEACHING_OPERATIONS),
  docs: apiDocs,
});
