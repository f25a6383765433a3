// The program's own options, and what it says of commands that do not exist.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { bertlet, bertletProgram } from "./bertlet.ts";

describe("bertlet", () => {
  it("prints the commands on standard output, given --help", () => {
    const { code, out, err } = bertletProgram("--help");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^ {2}convert {2}/m);
  });

  it("prints its version on standard output, given --version", async () => {
    const { version } = JSON.parse(await readFile("package.json", "utf8"));
    expect(bertletProgram("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  it("prints a command's arguments and options on standard output, given --help", async () => {
    const { code, out, err } = await bertlet("convert", "--help");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^bertlet convert <checkpoint> <file> \[options\]\n/);
    for (const option of ["--quantization f32|int8|int4", "--calibrate", "--heads", "--help"])
      expect(out).toContain(option);
  });

  it.each([[[]], [["transmute"]], [["toString"]], [["--quick"]]])("names the commands, given %j", async (args) => {
    const { code, out, err } = await bertlet(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/the commands are convert/);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });

  it("ends without a word where its reader has closed the pipe, as head does", async () => {
    const program = spawn(process.execPath, ["src/cli/index.ts", "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    program.stdout.destroy();
    let err = "";
    program.stderr.on("data", (chunk) => {
      err += chunk;
    });
    const [code] = await once(program, "close");
    expect([code, err]).toEqual([141, ""]);
  });

  it("refuses an option that is given twice", async () => {
    const { code, out, err } = await bertlet("convert", "a", "b", "--quantization", "int8", "--quantization=int4");
    expect([code, out, err]).toEqual([2, "", "--quantization is given twice\n"]);
  });

  it("ends with the exit code, and the reason on standard error", () => {
    expect(bertletProgram("transmute")).toEqual({
      code: 2,
      out: "",
      err: expect.stringMatching(/^there is no command transmute; /),
    });
  });
});
