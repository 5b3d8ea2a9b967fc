/** What a benchmark gives, as a table for people or as one JSON object a line. */

export type Row = {
  metric: string;
  value: number;
  unit: string;
  /** The limit or peer that was measured in the same run. */
  beside?: { what: string; value: number };
};

export type Benchmark = {
  name: string;
  /** One sentence: what is measured, and against what. */
  about: string;
  run(say: (line: string) => void): Promise<Row[]>;
};

/** Value over what stands beside it. */
export const ratioOf = (row: Row) => (row.beside ? row.value / row.beside.value : undefined);

export function asJson(benchmark: Benchmark, rows: readonly Row[]): string {
  return JSON.stringify({
    benchmark: benchmark.name,
    rows: rows.map((row) => ({ ...row, ...(row.beside ? { ratio: rounded(ratioOf(row)!) } : {}) })),
  });
}

export function asTable(benchmark: Benchmark, rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.metric,
    `${rounded(row.value)} ${row.unit}`,
    row.beside ? `${row.beside.what}: ${rounded(row.beside.value)} ${row.unit}` : "",
    row.beside ? `× ${rounded(ratioOf(row)!)}` : "",
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...cells.map((line) => line[column]!.length)));
  const lines = cells.map(
    (line) =>
      `  ${line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("   ")
        .trimEnd()}`,
  );
  return [benchmark.name, `  ${benchmark.about}`, ...lines, ""].join("\n");
}

/** Three significant digits, whole numbers from a hundred on. */
const rounded = (value: number) =>
  Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));

/** The value below which a share `p` of the values lies. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) throw new Error("Cannot give a percentile of nothing: no sample was taken");
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)]!;
}
