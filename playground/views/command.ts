// A request as a curl command, with a button that copies it.
import { el } from "../dom.ts";
import type { TaskRequest } from "../messages.ts";

export interface CommandView {
  readonly element: HTMLElement;
  /** Hides the command if there is no request. */
  show(request: TaskRequest | undefined, withKey: boolean): void;
}

export function commandView(): CommandView {
  const code = el("code");
  const copy = el("button", { type: "button", class: "chip" }, "Copy");
  copy.addEventListener("click", async () => {
    const isCopied = await navigator.clipboard.writeText(code.textContent).then(
      () => true,
      () => false,
    );
    copy.replaceChildren(isCopied ? "Copied" : "Copying is blocked");
    setTimeout(() => copy.replaceChildren("Copy"), 1500);
  });
  const pre = el("pre", { tabindex: 0, "aria-label": "The request as a curl command" }, code);
  const attributes = { class: "command", open: true, hidden: true };
  const element = el("details", attributes, el("summary", {}, "curl"), el("div", {}, pre, copy));
  return {
    element,
    show(request, withKey) {
      element.hidden = !request;
      if (request) code.textContent = curl(request, withKey);
    },
  };
}

/** The key is a variable, so that it is not copied along with the command. */
function curl({ path, body }: TaskRequest, withKey: boolean): string {
  const key = withKey ? ` \\\n  -H "authorization: Bearer $BERTLET_KEY"` : "";
  return `curl ${location.origin}${path} \\\n  -H 'content-type: application/json'${key} \\\n  -d ${quote(JSON.stringify(body))}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
