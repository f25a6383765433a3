// A Worker for tests whose deliveries take as long as the request says, and fail when it says so.
import { Deliveries, type DeliveriesNamespace } from "../../src/webhooks/deliveries.ts";

export { Deliveries };

let computed = 0;

export default {
  async fetch(request: Request, { DELIVERIES }: { readonly DELIVERIES: DeliveriesNamespace }): Promise<Response> {
    const { name, wait, fail, keep } = Object.fromEntries(new URL(request.url).searchParams);
    const compute = async () => {
      const answer = `answer ${++computed}`;
      await new Promise((done) => setTimeout(done, Number(wait ?? 0)));
      if (fail) throw new Error("not now");
      return answer;
    };
    const { answer, seen } = await DELIVERIES.getByName(name!).once(compute, Number(keep ?? 60_000));
    return Response.json({ answer, seen });
  },
};
