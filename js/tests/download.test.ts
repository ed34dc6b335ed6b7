import { expect, test } from "vitest";
import { fileNameOf } from "../src/controls/download";
import { standalonePicture } from "../src/plots/histogram_file";

test.each([
  [["stem", "kernel", "", ""], "stem-kernel.png"],
  [
    ["block/BatchNorm_0", "mean", "after", "[3, :, :]"],
    "block_BatchNorm_0-mean-after-3_x_x.png",
  ],
  [["/", "scale"], "scale.png"],
  [["../..", ".hidden"], "hidden.png"],
  [["", ""], "plot.png"],
])("%j is saved under a name that is safe", (parts, expected) => {
  const name = fileNameOf(parts, "png");
  expect(name).toBe(expected);
});

test("a name has an end", () => {
  expect(fileNameOf(["x".repeat(100_000)], "svg").length).toBeLessThan(130);
});

test("a saved histogram needs no style sheet, and its texts are text", () => {
  const histogram = {
    n_bins: 2,
    low: { label: "low", text: "0", exact: "0.0" },
    high: { label: "high", text: "1", exact: "1.0" },
    max_count: 3,
    buffer: 0,
  };
  const picture = standalonePicture(histogram, Uint32Array.from([1, 3]), {
    title: "<script>",
    bar: "rgb(0 0 255)",
    text: "#000",
    ground: "#fff",
    isLog: true,
  });
  const texts = [...picture.querySelectorAll("text")].map((it) => it.textContent);
  expect(texts).toEqual(["<script>", "0", "peak 3, log scale", "1"]);
  expect(picture.querySelectorAll('[fill="rgb(0 0 255)"]')).toHaveLength(2);
  expect(picture.innerHTML).not.toContain("<script>");
});
