// The multilingual model as a Worker of its own: vectors, sentiment and intent of texts in some 20 languages.
import model from "../models/multilingual/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { teaching } from "../src/http/teaching.ts";
import { classify } from "../src/tasks/classify.ts";
import { embed, embedAll } from "../src/tasks/embed.ts";
import { similarity } from "../src/tasks/similarity.ts";
import { understand } from "../src/tasks/understand/understand.ts";

export default createApp({
  model,
  tasks: [classify, embed, embedAll, similarity, understand],
  teaching,
  docs: apiDocs,
});
