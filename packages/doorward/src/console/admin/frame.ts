import { type Html, html, isolated } from '../html.ts'
import { CAUTION, CHECKED } from '../icons.ts'
import { page } from '../layout.ts'
import { LOCAL_TIMES } from '../moment.ts'
import type { Page } from '../views.ts'
import type { Words } from '../words/words.ts'
import { CONSOLE_STYLE } from './style.ts'

/** The sections, in the order in which they stand. */
export const SECTIONS = [
  'overview',
  'traces',
  'approvals',
  'clients',
  'rules',
  'grants',
  'people',
  'invites',
  'server',
  'events',
] as const
export type Section = (typeof SECTIONS)[number]

/** What each page of the console is framed by. */
export interface Frame {
  /** `https://door.example/admin`. */
  readonly base: string
  readonly current: Section
  readonly email: string
  readonly signOut: string
  /** Comes back with every form of the page. */
  readonly request: string
  /** How many applications wait for an operator. */
  readonly waiting: number
  /** What was done a moment ago, or why it was not. */
  readonly notice?: { readonly kind: 'good' | 'bad'; readonly text: string } | undefined
}

export interface Framed {
  readonly words: Words
  readonly frame: Frame
  readonly title: string
  readonly main: Html
  readonly status?: number
  readonly scripts?: readonly string[]
}

/** A page of the console: its sections beside it, who is signed in above it. */
export function consolePage({ words, frame, title, main, status, scripts = [] }: Framed): Page {
  const { admin } = words
  return page({
    words,
    title,
    ...(status === undefined ? {} : { status }),
    aside: html`<form class="small row" method="post" action="${frame.signOut}"><input type="hidden" name="request" value="${frame.request}"><span class="soft">${admin.signedInAs} ${isolated(frame.email)}</span><button class="plain">${admin.signOut}</button></form>`,
    sections: { nav: sections(frame, words), style: CONSOLE_STYLE },
    main: html`${frame.notice !== undefined && noticeOf(frame.notice)}${main}`,
    scripts: [LOCAL_TIMES, ...scripts],
  })
}

export function addressOf(frame: Pick<Frame, 'base'>, section: Section): string {
  return section === 'overview' ? frame.base : `${frame.base}/${section}`
}

function sections(frame: Frame, { admin }: Words): Html {
  return html`<nav class="sections" aria-label="${admin.console}"><a class="skip" href="#main">${admin.skip}</a><ul>${SECTIONS.map(
    (section) =>
      html`<li><a href="${addressOf(frame, section)}"${section === frame.current && html` aria-current="page"`}>${admin.sections[section]}${section === 'approvals' && frame.waiting > 0 && html`<span class="count">${frame.waiting}</span>`}</a></li>`,
  )}</ul></nav>`
}

function noticeOf({ kind, text }: NonNullable<Frame['notice']>): Html {
  return kind === 'good'
    ? html`<div class="note good" role="status">${CHECKED}<span>${text}</span></div>`
    : html`<div class="note bad" role="alert">${CAUTION}<span>${text}</span></div>`
}
