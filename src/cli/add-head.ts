// bertlet add-head: a head from a file of its own, such as one that a Worker exported, into a packed model.
import { readFile } from "node:fs/promises";
import { readHeadFile } from "../checkpoint/head-file.ts";
import { addHead as add, replaceHead } from "../model-file/edit-heads.ts";
import { defineCommand } from "./command.ts";
import { writeWhole } from "./write-whole.ts";

export const addHead = defineCommand({
  name: "add-head",
  summary: "puts a head file, such as one that a Worker exported, into a packed model",
  positionals: ["head", "model", "file"],
  options: {
    name: { type: "string", value: "<name>", summary: "what the head is called in the model (its own name)" },
    replace: { type: "boolean", summary: "takes the place of a head of the same name" },
  },
  async run({ name, replace }, [headFile = "", model = "", file = ""], io) {
    const { spec, tensors } = readHeadFile(new Uint8Array(await readFile(headFile)));
    const head = { spec: { ...spec, name: name ?? spec.name }, tensors };
    const packed = new Uint8Array(await readFile(model));
    const changed = await (replace ? replaceHead : add)(packed, head);
    await writeWhole(file, changed);
    io.out(`${file}: ${changed.byteLength} bytes, with the head ${head.spec.name}`);
  },
});
