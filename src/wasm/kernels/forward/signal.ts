// Where workerd writes the signal SIGXCPU (24) shortly before the CPU time of a request is used up: it looks for an export of this name in every instance.

/** An address below all that a session lays out (src/wasm/kernel/arena.ts). */
export const __instance_signal: i32 = 4;
