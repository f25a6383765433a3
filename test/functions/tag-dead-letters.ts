// A Worker for tests that reads the dead-letter queue and tells of what it finds to the address in its variable.
interface Batch {
  readonly messages: readonly { readonly body: unknown }[];
}

export default {
  async queue({ messages }: Batch, { REPORT_TO }: { readonly REPORT_TO: string }): Promise<void> {
    await fetch(REPORT_TO, { method: "POST", body: JSON.stringify(messages.map(({ body }) => body)) });
  },
};
