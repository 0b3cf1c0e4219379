import { type Html, html, isolated } from '../html.ts'
import { CAUTION, CHECKED } from '../icons.ts'
import { page } from '../layout.ts'
import { LOCAL_TIMES } from '../moment.ts'
import { ONCE_SCRIPT } from '../once-script.ts'
import type { Page } from '../views.ts'
import type { Words } from '../words/words.ts'
import type { FormKey } from './act-form.ts'
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

/** A form that comes back: refused, or kept while its operator signed in again. */
export interface Returned {
  readonly key: FormKey
  readonly sent: Readonly<Record<string, string>>
  readonly status: number
  /** Left out where nothing was wrong with it. */
  readonly problem?: { readonly field: string | undefined; readonly text: string; readonly exactly: string }
}

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
  readonly returned?: Returned
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
    status: status ?? frame.returned?.status ?? 200,
    aside: html`<form class="small row" method="post" action="${frame.signOut}"><input type="hidden" name="request" value="${frame.request}"><span class="soft">${admin.signedInAs} ${isolated(frame.email)}</span><button class="plain">${admin.signOut}</button></form>`,
    sections: { nav: sections(frame, words), style: CONSOLE_STYLE },
    main: html`${frame.notice !== undefined && noticeOf(frame.notice)}${frame.returned !== undefined && returnedNotice(frame.returned, words)}${main}`,
    scripts: [LOCAL_TIMES, ONCE_SCRIPT, ...scripts],
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

/** Why a form came back: what to mend, as a way to the field, and the words of the refusal, which are English in every language. */
function returnedNotice({ problem }: Returned, { adminForms, lang }: Words): Html {
  if (problem === undefined) return noticeOf({ kind: 'good', text: adminForms.signedInAgain })
  const { field, text, exactly } = problem
  return html`<div class="note bad" role="alert" id="problem">${CAUTION}<span><strong>${adminForms.title}</strong> ${field === undefined ? text : html`<a href="#${field}">${text}</a>`}${(lang !== 'en' || exactly !== text) && html`<span class="line small" lang="en">${exactly}</span>`}</span></div>`
}
