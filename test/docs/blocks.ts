// Documents as programs: their fenced blocks, in order.
import { readFile } from "node:fs/promises";

export interface Block {
  readonly language: string;
  readonly text: string;
}

export async function blocksOf(document: string): Promise<readonly Block[]> {
  const markdown = await readFile(document, "utf8");
  return Array.from(markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms), ([, language, text]) => ({
    language: language!,
    text: text!,
  }));
}

export interface ShellCommand {
  readonly command: string;
  /** What the document shows of its output; empty where it shows nothing. */
  readonly output: string;
}

/** Commands of a block with prompts, with their outputs, or the block as one command. */
export function commandsOf({ text }: Block): readonly ShellCommand[] {
  if (!text.startsWith("$ ")) return [{ command: text, output: "" }];
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [, command, output] = /^((?:[^\n]*\\\n)*[^\n]*\n)(.*)$/s.exec(part)!;
      return { command: command!, output: output!.trim() };
    });
}
