/** The stylesheets of one shadow root: Treescope's rules first, ours over them. */
import detailsCss from "./css/details.css";
import layoutCss from "./css/layout.css";
import tokensCss from "./css/tokens.css";
import treeCss from "./css/tree.css";
import { element } from "./dom";

export function stylesheets(treescopeCss: string): HTMLStyleElement[] {
  const ours = [tokensCss, layoutCss, treeCss, detailsCss].join("\n");
  return [element("style", {}, treescopeCss), element("style", {}, ours)];
}
