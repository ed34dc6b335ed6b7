/** What is said of each lens: its name, what its rows are, and why there are none. */
import type { Lens } from "../protocol";

interface LensTexts {
  label: string;
  meaning: string;
  empty: string;
}

export const LENS_TEXTS: Readonly<Record<Lens, LensTexts>> = {
  calls: {
    label: "Calls",
    meaning: "The calls, in the order made",
    empty: "No calls in this run.",
  },
  modules: {
    label: "Modules",
    meaning: "The modules, each once, by path",
    empty: "No modules in this run.",
  },
  parameters: {
    label: "Parameters",
    meaning: "The parameters, by size",
    empty: "No parameters in this run.",
  },
  state: {
    label: "State",
    meaning: "The states that changed",
    empty: "No state changed in this run.",
  },
  draws: {
    label: "Draws",
    meaning: "The random draws, by stream",
    empty: "No random keys were drawn in this run.",
  },
};
