// Digests in hexadecimal: SHA-256 by the platform's own cryptography.

/** @example await sha256(new TextEncoder().encode("abc")); // "ba7816bf…" */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return hexadecimal(digest);
}

/** Two lower-case digits a byte. */
export function hexadecimal(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
