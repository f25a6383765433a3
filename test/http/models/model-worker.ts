// A Worker for tests with one task; its models are those of the test's variables.
import model from "../../../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../../../src/http/app.ts";
import { classify } from "../../../src/tasks/classify.ts";

export default createApp({ model, tasks: [classify] });
