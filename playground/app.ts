// The page: its tabs, the switch between the API and this browser, the key, and the line about the model.
import { type Info, readInfo, useKey } from "./api.ts";
import { byId } from "./dom.ts";
import { Mode } from "./mode.ts";
import { Panel } from "./panel.ts";
import { TabList } from "./tablist.ts";
import { TABS } from "./tabs/index.ts";

const info = readInfo();
const mode = new Mode(() => tabs.chosen?.refresh());
const tabs = new TabList(TABS.map((tab) => new Panel(tab, mode, info)));

info.then((known) => {
  byId("model").textContent = known ? describe(known) : "The API says nothing of its model.";
});
byId("key").addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLInputElement)) return;
  useKey(target.value);
  tabs.chosen?.run();
});

function describe({ model, heads }: Info): string {
  const size = `${model.num_hidden_layers} layers of ${model.hidden_size}`;
  return [model.name, model.quantization, size, `${heads.length} heads`, model.license].filter(Boolean).join(" · ");
}
