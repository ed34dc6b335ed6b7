/**
 * The stylesheet of one shadow root. It is constructed, which a page's policy for styles
 * allows, where the browser can do that.
 */

import { element } from "./controls/dom";
import callCss from "./css/call.css";
import cardCss from "./css/card.css";
import controlsCss from "./css/controls.css";
import detailsCss from "./css/details.css";
import itemsCss from "./css/items.css";
import layoutCss from "./css/layout.css";
import namesCss from "./css/names.css";
import plotsCss from "./css/plots.css";
import printCss from "./css/print.css";
import rngsCss from "./css/rngs.css";
import tokensCss from "./css/tokens.css";
import treeCss from "./css/tree.css";

const STYLES = [
  tokensCss,
  layoutCss,
  treeCss,
  controlsCss,
  detailsCss,
  itemsCss,
  cardCss,
  namesCss,
  plotsCss,
  rngsCss,
  callCss,
  printCss,
].join("\n");

/** Dresses everything in `root`. */
export function applyStyles(root: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(element("style", {}, STYLES));
  }
}
