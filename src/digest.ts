// SHA-256 in hexadecimal, by the platform's own cryptography; and FNV-1a for tables and seeds.

/** @example await sha256(new TextEncoder().encode("abc")); // "ba7816bf…" */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return hexadecimal(digest);
}

/** Two lower-case digits a byte. */
export function hexadecimal(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The FNV-1a hash of nothing (Fowler, Noll, Vo). */
export const FNV1A_SEED = 0x811c9dc5 | 0;

/** An FNV-1a hash continued by one byte; a signed 32-bit integer. */
export function fnv1a(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}
