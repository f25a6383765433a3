// Folders in Workers, which have no file system: there are none.
import { BertletError } from "../errors.ts";

/** @throws BertletError `not_found` */
export async function openFolder(path: string): Promise<never> {
  throw new BertletError("not_found", `there is no folder ${path}: a Worker has no file system`);
}

export async function isFolder(_path: string): Promise<boolean> {
  return false;
}

export async function readOptional(_path: string): Promise<undefined> {
  return undefined;
}
