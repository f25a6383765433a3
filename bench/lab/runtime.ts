// What a benchmark sees of a lab: the same two questions to each runtime. It holds no code.
import type { Load, Plan, Timings } from "./lab.ts";

export interface OpenLab {
  /** Loads a file of this machine. */
  load(what: Load, path: string): Promise<void>;
  time(plan: Plan): Promise<Timings>;
  close(): Promise<void>;
}

export interface Runtime {
  readonly name: string;
  /** Why there can be no lab here; undefined where there can. */
  readonly absent?: string | undefined;
  open(): Promise<OpenLab>;
}
