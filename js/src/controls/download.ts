/** How a picture leaves the page as a file. */

const MAX_NAME = 120;

/** Offers `blob` as a download. */
export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers begin to read only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A name that every file system takes, e.g. "stem-kernel-0_x_x.png". */
export function fileNameOf(parts: readonly string[], ending: string): string {
  const words = parts
    .map((part) =>
      part
        .replace(/\[|\]|\s/g, "")
        .replace(/:/g, "x")
        .replace(/[^\p{L}\p{N}._-]+/gu, "_"),
    )
    .filter((part) => part !== "" && part !== "_");
  const stem = words
    .join("-")
    .replace(/^[._-]+/, "")
    .slice(0, MAX_NAME);
  return `${stem || "plot"}.${ending}`;
}
