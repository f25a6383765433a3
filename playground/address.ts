// The address of what the page shows: #tab?field=value&… Opening one restores the form, so a copied address is a link.
import type { Values } from "./tab.ts";

/** Longer addresses are cut by messengers and mail programs. */
const LONGEST = 8_000;

export interface Address {
  readonly tab: string;
  /** Undefined if the address has a tab only. */
  readonly values: Values | undefined;
}

/** The address without its values if it would be too long. */
export function formatAddress(tab: string, values: Values): string {
  const address = `#${tab}?${new URLSearchParams(values)}`;
  return address.length <= LONGEST ? address : `#${tab}`;
}

/** The address of an entry in the browser's history. The entry's state holds the values even if they are too long for the address. */
export function readAddress(hash: string, state: unknown): Address {
  const [, tab = "", query] = /^#?([^?]*)(?:\?(.*))?$/s.exec(hash) ?? [];
  return {
    tab,
    values: isState(state) ? state.values : query ? Object.fromEntries(new URLSearchParams(query)) : undefined,
  };
}

/** What `readAddress` finds in an entry's state. */
export interface AddressState {
  readonly values: Values;
}

function isState(state: unknown): state is AddressState {
  return typeof state === "object" && state !== null && "values" in state;
}
