/** The same few numbers stand on every page, and to write one takes a microsecond. */
const MOST_KNOWN = 200

export interface Forms {
  readonly one: string
  readonly other: string
}

/** The word for so many, where the number stands apart from it. */
export function worded(lang: string, forms: Forms): (count: number) => string {
  const rules = new Intl.PluralRules(lang)
  return (count) => (rules.select(count) === 'one' ? forms.one : forms.other)
}

/** A number with its word, as the language counts (CLDR): one day, two days; in French also zero jour. */
export function counter(lang: string, forms: Forms): (count: number) => string {
  const word = worded(lang, forms)
  const digits = new Intl.NumberFormat(lang)
  const write = (count: number) => `${digits.format(count)} ${word(count)}`
  const known = new Map<number, string>()
  return (count) => known.get(count) ?? (known.size < MOST_KNOWN ? keep(known, count, write(count)) : write(count))
}

function keep(known: Map<number, string>, count: number, text: string): string {
  known.set(count, text)
  return text
}
