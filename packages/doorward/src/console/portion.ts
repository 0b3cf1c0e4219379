import { type Html, html } from './html.ts'
import type { Words } from './words/words.ts'

/** As many cards or rows as one page of a person's own account shows, so that it stays small however many there are. */
export const MOST_AT_ONCE = 20
/** The number of the first that is shown; no other way to write one leads anywhere. */
const FROM = /^[1-9]\d{0,5}$/

/** Where else the list goes on, from its latest to its oldest; nothing of it where all are shown. */
export interface PortionView {
  readonly newest?: string
  readonly older?: string
}

/** The part of a list that a page shows, by `from` in its address, and the ways to the others. */
export function portionOf<Item>(
  all: readonly Item[],
  request: Request,
  page: string,
): { readonly shown: readonly Item[]; readonly portion: PortionView } {
  const asked = new URL(request.url).searchParams.get('from') ?? ''
  const from = FROM.test(asked) && Number(asked) < all.length ? Number(asked) : 0
  const next = from + MOST_AT_ONCE
  return {
    shown: all.slice(from, next),
    portion: {
      ...(from > 0 ? { newest: page } : {}),
      ...(next < all.length ? { older: `${page}?from=${next}` } : {}),
    },
  }
}

/** Whether there are more than are shown. */
export function isPart({ newest, older }: PortionView): boolean {
  return newest !== undefined || older !== undefined
}

/** @param label what is listed */
export function portionNav(portion: PortionView, label: string, { admin }: Words): Html | false {
  if (!isPart(portion)) return false
  const link = (href: string | undefined, words: string) =>
    href !== undefined && html`<li><a href="${href}">${words}</a></li>`
  return html`<nav class="portion" aria-label="${label}"><ul class="contents">${link(portion.newest, admin.newest)}${link(portion.older, admin.older)}</ul></nav>`
}
