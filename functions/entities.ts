// Token classification as a Worker of its own.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { entities } from "../src/tasks/entities.ts";

export default createApp({ model, tasks: [entities], docs: apiDocs });
