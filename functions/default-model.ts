// The default model, which travels with the script. Its bytes become the session's memory; the copy that came with the script is
// let go.

import bytes from "../models/minilm-l6-heads.safetensors";
import { loadPretrained } from "../src/heads/pretrained.ts";
import { loadOnce } from "../src/http/model-loader.ts";

export const defaultModel = loadOnce(async () => {
  const model = await loadPretrained(bytes);
  bytes.transfer(0);
  return model;
});
