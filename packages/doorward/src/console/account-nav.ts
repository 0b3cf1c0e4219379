import { type Html, html } from './html.ts'
import type { Words } from './words/words.ts'

export type AccountPage = 'connections' | 'sign-in' | 'clients'

const PATHS: Readonly<Record<AccountPage, string>> = {
  connections: '/account',
  'sign-in': '/account/sign-in',
  clients: '/account/clients',
}

/** The way between the pages of one's own account. */
export function accountNav({ accountNav: words }: Words, issuer: string, current: AccountPage): Html {
  const links = (Object.keys(PATHS) as AccountPage[]).map(
    (page) =>
      html`<li>${page === current ? html`<a href="${issuer}${PATHS[page]}" aria-current="page">${words[page]}</a>` : html`<a href="${issuer}${PATHS[page]}">${words[page]}</a>`}</li>`,
  )
  return html`<nav aria-label="${words.label}"><ul class="contents">${links}</ul></nav>`
}
