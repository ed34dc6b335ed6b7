import { expect, test } from "vitest";
import type { Columns } from "../src/tree/columns";
import type { Things } from "../src/tree/lens_rows";
import { Matcher } from "../src/tree/match";
import { QueryError } from "../src/tree/query";
import { golden } from "./golden";

interface SearchedRun {
  columns: Columns;
  lenses: Record<string, Things & { items: number[] }>;
  ids: Record<string, string[]>;
  queries: (Found | Refused)[];
}

interface Found {
  query: string;
  lens: string;
  hits: string[];
}

interface Refused {
  query: string;
  message: string;
  start: number;
  end: number;
}

const runs = Object.values(golden<Record<string, SearchedRun>>("queries"));

function foundIn({ queries }: SearchedRun): Found[] {
  return queries.filter((answer) => "hits" in answer);
}

function refusedIn({ queries }: SearchedRun): Refused[] {
  return queries.filter((answer) => "message" in answer);
}

function hitsOf(run: SearchedRun, query: string, lens: string): string[] {
  const things = run.lenses[lens];
  if (!things) throw new Error(lens);
  const mask = new Matcher(query, run.columns).find(things);
  return (run.ids[lens] ?? []).filter((_, row) => mask[things.items[row] ?? -1]);
}

test("every query finds in every lens what Python finds", () => {
  expect(runs.flatMap(foundIn).length).toBeGreaterThan(300);
  for (const run of runs) {
    for (const { query, lens, hits } of foundIn(run)) {
      const ours = { query, lens, hits: hitsOf(run, query, lens) };
      expect(ours).toEqual({ query, lens, hits });
    }
  }
});

test("every query that Python refuses is refused with the same words", () => {
  expect(runs.flatMap(refusedIn).length).toBeGreaterThan(30);
  for (const run of runs) {
    for (const { query, ...refusal } of refusedIn(run)) {
      let error: unknown;
      try {
        hitsOf(run, query, "calls");
      } catch (caught) {
        error = caught;
      }
      expect(error, query).toBeInstanceOf(QueryError);
      expect(error, query).toMatchObject(refusal);
    }
  }
});
