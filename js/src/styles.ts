/**
 * The stylesheets of one shadow root: Treescope's rules first, ours over them. They are
 * constructed, which a page's policy for styles allows, where the browser can do that.
 */

import { element } from "./controls/dom";
import callCss from "./css/call.css";
import cardCss from "./css/card.css";
import controlsCss from "./css/controls.css";
import detailsCss from "./css/details.css";
import entriesCss from "./css/entries.css";
import layoutCss from "./css/layout.css";
import namesCss from "./css/names.css";
import plotsCss from "./css/plots.css";
import printCss from "./css/print.css";
import rngsCss from "./css/rngs.css";
import tokensCss from "./css/tokens.css";
import treeCss from "./css/tree.css";

const OURS = [
  tokensCss,
  layoutCss,
  treeCss,
  controlsCss,
  detailsCss,
  entriesCss,
  cardCss,
  namesCss,
  plotsCss,
  rngsCss,
  callCss,
  printCss,
].join("\n");

/** Dresses everything in `root`. */
export function applyStyles(root: ShadowRoot, treescopeCss: string): void {
  const texts = [treescopeCss, OURS];
  try {
    root.adoptedStyleSheets = texts.map(constructedSheet);
  } catch {
    root.append(...texts.map((text) => element("style", {}, text)));
  }
}

function constructedSheet(text: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}
