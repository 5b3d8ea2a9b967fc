/** PostgreSQL takes 65,535 parameters a statement: rows beyond that go in statements of their own. */
const ROWS = 1_000;

/** `rows` in pieces that fit into one statement each; none when there are none. */
export function* chunks<T>(rows: readonly T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += ROWS) yield rows.slice(start, start + ROWS);
}
