// The page: tabs, the switch between the API and this browser, the key, and the line that describes the model.
import { summarize } from "./description.ts";
import { byId } from "./dom.ts";
import { KeyField } from "./key.ts";
import { Mode } from "./mode.ts";
import { Panel, type PanelEvents } from "./panel.ts";
import { TabList } from "./tablist.ts";
import { TABS } from "./tabs/index.ts";

const mode = new Mode(() => {
  describe();
  tabs.chosen.open();
});
const key = new KeyField(() => {
  mode.reloadApi();
  describe();
});
const events: PanelEvents = {
  started: (panel, byUser) => tabs.saveAddress(panel, byUser),
  keyWanted: () => key.focus(),
};
const [first, ...others] = TABS;
const toPanel = (tab: typeof first) => new Panel(tab, mode, events);
const tabs = new TabList([toPanel(first), ...others.map(toPanel)]);

byId("skip").addEventListener("click", (event) => {
  // Following the link would replace the address of what is shown.
  event.preventDefault();
  byId("panels").focus();
});
describe();
tabs.openAddress();

/** Shows the model of the current backend, and what the API says about the key. */
async function describe(): Promise<void> {
  const { version, api } = mode;
  const [description, { key: state }] = await Promise.all([mode.describe(), api]);
  // The backend or the key has changed since.
  if (version !== mode.version || api !== mode.api) return;
  byId("model").textContent = summarize(description);
  key.show(state);
}
