import { type Html, html } from './html.ts'
import type { Words } from './words/words.ts'

/** A moment in seconds since 1970, written as UTC; `LOCAL_TIMES` writes it in the reader's own time. */
export function moment({ lang }: Pick<Words, 'lang'>, seconds: number): Html {
  // biome-ignore lint/style/noRestrictedGlobals: writes down a time that somebody else asked for
  const at = new Date(seconds * 1000)
  const shown = formatter(lang, 'moment').format(at)
  return html`<time datetime="${at.toISOString()}">${shown} UTC</time>`
}

/**
 * Improves the times on a page and is not needed by it. Each names its zone, as those in UTC do: who reads it out to somebody elsewhere, or
 * sits behind a proxy in another zone, is not misunderstood. (`Intl` does not take `timeZoneName` beside `dateStyle`.)
 */
export const LOCAL_TIMES = `(() => {
  const { lang } = document.documentElement
  const format = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' })
  const zone = new Intl.DateTimeFormat(lang, { timeZoneName: 'short' })
  for (const time of document.querySelectorAll('time')) {
    const at = new Date(time.dateTime)
    time.title = time.textContent
    time.textContent = format.format(at) + ' ' + zone.formatToParts(at).find(({ type }) => type === 'timeZoneName').value
  }
})()`

/** The day of a moment, for a field: `2026-12-31`. In UTC, as every time on a page without scripts. */
export function dayOf(seconds: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: writes down a time that somebody else asked for
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}

/** The end of a day, in seconds since 1970; undefined where the text is no day. */
export function endOfDay(text: string): number | undefined {
  if (!/^[2-9]\d{3}-\d{2}-\d{2}$/.test(text)) return undefined
  // biome-ignore lint/style/noRestrictedGlobals: reads a time that somebody wrote down
  const start = Date.parse(`${text}T00:00:00Z`) / 1000
  return Number.isNaN(start) || dayOf(start) !== text ? undefined : start + 86_400
}

/** The day of a moment, in UTC: what is counted by day begins there. */
export function day({ lang }: Pick<Words, 'lang'>, seconds: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: writes down a time that somebody else asked for
  const at = new Date(seconds * 1000)
  return formatter(lang, 'day').format(at)
}

const WRITTEN: Readonly<Record<'moment' | 'day', Intl.DateTimeFormatOptions>> = {
  moment: { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' },
  day: { day: 'numeric', month: 'short', timeZone: 'UTC' },
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/**
 * One for each language of ours, made once. Each holds some 30 kB that the heap does not know of: made for every time on a page, they
 * would be a gigabyte before the collector saw a reason to come.
 */
function formatter(lang: string, kind: keyof typeof WRITTEN): Intl.DateTimeFormat {
  const key = `${lang} ${kind}`
  const known = formatters.get(key)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat(lang, WRITTEN[kind])
  formatters.set(key, made)
  return made
}
