import { expect, test } from "vitest";
import type { Columns } from "../src/offline/columns";
import { Matcher } from "../src/offline/match";
import { Outline } from "../src/offline/outline";
import { QueryError } from "../src/offline/query";
import type { Lens } from "../src/protocol";
import { fromWire } from "../src/wire";
import { golden } from "./golden";

interface Queries {
  columns: object;
  items: Record<Lens, number[]>;
  ids: Record<Lens, string[]>;
  queries: (Found | Refused)[];
}

interface Found {
  query: string;
  lens: Lens;
  hits: string[];
}

interface Refused {
  query: string;
  message: string;
}

const { columns: written, items, ids, queries } = golden<Queries>("queries");
const columns = fromWire<Columns>(written);
const found = queries.filter((answer) => "hits" in answer);
const refused = queries.filter((answer) => "message" in answer);

function hitsOf(query: string, lens: Lens): (string | undefined)[] {
  const rows = { ids: ids[lens], items: items[lens], parents: [], calls: [] };
  const mask = new Matcher(query, columns).find(lens);
  const flat = { ...rows, parents: rows.ids.map(() => -1) };
  const outline = new Outline(flat, mask);
  return outline.hits(outline.nHits).map((row) => rows.ids[row]);
}

test("every query finds in every lens what Python finds", () => {
  expect(found.length).toBeGreaterThan(300);
  for (const { query, lens, hits } of found) {
    expect({ query, lens, hits: hitsOf(query, lens) }).toEqual({ query, lens, hits });
  }
});

test("every query that Python refuses is refused with the same words", () => {
  expect(refused.length).toBeGreaterThan(30);
  for (const { query, message } of refused) {
    let error: unknown;
    try {
      hitsOf(query, "calls");
    } catch (caught) {
      error = caught;
    }
    expect(error, query).toBeInstanceOf(QueryError);
    expect(error, query).toMatchObject({ message });
  }
});
