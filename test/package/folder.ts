// Empty folders outside of the checkout, where packages are installed as a user installs them.
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

export interface Folder extends AsyncDisposable {
  readonly path: string;
  /** What programs that run in it see of the environment. */
  readonly env: NodeJS.ProcessEnv;
  /** A folder in it. */
  inside(name: string): Folder;
  /** Runs a program in the folder and resolves to what it prints. */
  run(program: string, ...args: readonly string[]): Promise<string>;
}

/** A new folder with a package.json and the named files of test/package/fixtures. It is removed when it is disposed of. */
export async function makeFolder(...fixtures: readonly string[]): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "bertlet-user-"));
  await writeFile(join(path, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  for (const name of fixtures)
    await cp(join(import.meta.dirname, "fixtures", name), join(path, name), { recursive: true });
  return folderAt(path);
}

function folderAt(path: string): Folder {
  // Programs find the Node.js that runs the tests, and nothing of the checkout's npm or vitest settings; but certificates that the machine adds.
  const dropped = /^(npm_|vitest|NODE_(?!EXTRA_CA_CERTS$)|TEST|VITE)/i;
  const inherited = Object.entries(process.env).filter(([name]) => !dropped.test(name));
  const env = { ...Object.fromEntries(inherited), PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
  return {
    path,
    env,
    inside: (name) => folderAt(join(path, name)),
    async run(program, ...args) {
      const { stdout } = await execute(program, args, { cwd: path, env, maxBuffer: 2 ** 26 }).catch((error) => {
        throw new Error(`${program} ${args.join(" ")} failed:\n${error.stdout}\n${error.stderr}`, { cause: error });
      });
      return stdout;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Installs packages as a user would: npm, from tarballs or the registry. */
export async function install(folder: Folder, ...packages: readonly string[]): Promise<void> {
  await folder.run("npm", "install", "--prefer-offline", ...packages);
}
