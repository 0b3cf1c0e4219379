/** A number with its word, as the language counts (CLDR): one day, two days; in French also zero jour. */
export function counter(lang: string, forms: { readonly one: string; readonly other: string }) {
  const rules = new Intl.PluralRules(lang)
  const digits = new Intl.NumberFormat(lang)
  return (count: number): string => `${digits.format(count)} ${rules.select(count) === 'one' ? forms.one : forms.other}`
}
