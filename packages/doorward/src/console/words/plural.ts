/** The same few numbers stand on every page, and to write one takes a microsecond. */
const MOST_KNOWN = 200

/** A number with its word, as the language counts (CLDR): one day, two days; in French also zero jour. */
export function counter(
  lang: string,
  forms: { readonly one: string; readonly other: string },
): (count: number) => string {
  const rules = new Intl.PluralRules(lang)
  const digits = new Intl.NumberFormat(lang)
  const write = (count: number) => `${digits.format(count)} ${rules.select(count) === 'one' ? forms.one : forms.other}`
  const known = new Map<number, string>()
  return (count) => known.get(count) ?? (known.size < MOST_KNOWN ? keep(known, count, write(count)) : write(count))
}

function keep(known: Map<number, string>, count: number, text: string): string {
  known.set(count, text)
  return text
}
