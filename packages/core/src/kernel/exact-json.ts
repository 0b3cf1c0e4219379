/** JSON.rawJSON (ECMAScript 2026), which TypeScript's library does not name yet, and which not every runtime has. */
interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON?(text: string): object
  isRawJSON?(value: unknown): value is { readonly rawJSON: string }
}

const EXACT = JSON as unknown as ExactJson

/**
 * Parses JSON of somebody else's that is to be written again: `JSON.stringify` writes each number as it came, where `JSON.parse` alone would
 * round 9007199254740993 and write 1.0 as 1, as it does where the runtime can do no better. Slower, by a call for each value.
 * @throws SyntaxError
 */
export function parseExact(text: string): unknown {
  const { rawJSON } = EXACT
  if (rawJSON === undefined) return JSON.parse(text)
  return EXACT.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? rawJSON(source) : value,
  )
}

/** What `JSON.parse` would have made of a value of `parseExact`. */
export function roundedValue(value: unknown): unknown {
  return EXACT.isRawJSON?.(value) === true ? JSON.parse(value.rawJSON) : value
}
