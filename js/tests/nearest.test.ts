import { expect, test } from "vitest";
import type { Columns } from "../src/tree/columns";
import { nearestNames, nearestQuery } from "../src/tree/nearest";
import { golden } from "./golden";

const columns = golden<Record<string, { columns: Columns }>>("queries").searched
  ?.columns as Columns;

/** What is offered where only one query finds something. */
const meantBy = (query: string, found: string) =>
  nearestQuery(query, columns, (it) => it === found);

test("a key or a flag that is mistyped becomes one that there is", () => {
  const nothing = () => false;
  expect(nearestQuery("clas:Dense", columns, nothing)).toBe("class:Dense");
  expect(nearestQuery("is:nann", columns, nothing)).toBe("is:nan");
  expect(nearestQuery("dense -is:sahred", columns, nothing)).toBe("dense -is:shared");
  expect(nearestQuery("colour:red", columns, nothing)).toBe("");
  expect(nearestQuery("is:(", columns, nothing)).toBe("");
});

test("a name that no call has becomes one that some call has", () => {
  expect(meantBy("class:Dens", "class:Dense")).toBe("class:Dense");
  expect(meantBy("param:kernle size>3", "param:kernel size>3")).toBe(
    "param:kernel size>3",
  );
  expect(meantBy("Desne", "Dense")).toBe("Dense");
  expect(meantBy("class:Dens", "nothing")).toBe("");
});

test("of terms that never hold together one is left out", () => {
  expect(meantBy("class:Dense param:kernel", "param:kernel")).toBe("param:kernel");
  expect(meantBy("class:Dense or param:kernel", "param:kernel")).toBe("");
});

test("names are near by few slips, or where one begins the other", () => {
  const names = ["DenseGeneral", "Dense", "Conv", "LayerNorm"];
  expect(nearestNames("dens", names)).toEqual(["Dense", "DenseGeneral"]);
  expect(nearestNames("Cnov", names)).toEqual(["Conv"]);
  expect(nearestNames("LyerNrom", names)).toEqual(["LayerNorm"]);
  expect(nearestNames("Conv", names)).toEqual([]);
  expect(nearestNames("Embed", names)).toEqual([]);
});
