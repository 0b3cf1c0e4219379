/** Columns for a terminal. Text is cut where it would rewrite the screen. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '(none)'
  const clean = [head, ...rows].map((row) => row.map(onOneLine))
  const widths = head.map((_, column) => Math.max(...clean.map((row) => row[column]?.length ?? 0)))
  return clean
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Text of anybody, without what moves a terminal. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
}

/** Seconds since 1970 as a local date and time. */
export function when(seconds: number | undefined): string {
  return seconds === undefined ? '-' : new Date(seconds * 1000).toLocaleString('sv-SE')
}
