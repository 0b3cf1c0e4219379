import { type Html, html, type Value } from '../html.ts'
import type { FormKey } from './act-form.ts'
import type { Frame } from './frame.ts'

export type Mood = 'good' | 'bad' | 'warn' | 'even'

/** A word that says how something stands; the colour only repeats it. */
export function state(mood: Mood, words: Value): Html {
  return html`<span class="state ${mood}">${words}</span>`
}

export interface Column {
  readonly title: string
  readonly isNumber?: boolean
}

/** A table that scrolls by itself where the page is narrower than it. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Value[])[]): Html {
  const number = (i: number) => columns[i]?.isNumber === true && html` class="number"`
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${caption}"><table><thead><tr>${columns.map(({ title }, i) => html`<th scope="col"${number(i)}>${title}</th>`)}</tr></thead><tbody>${rows.map(
    (cells) => html`<tr>${cells.map((cell, i) => html`<td${number(i)}>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`
}

export function none(words: string): Html {
  return html`<p class="none">${words}</p>`
}

export interface Act {
  /** Below the base of the console, such as `/clients/approve`. */
  readonly path: string
  readonly fields: Readonly<Record<string, string>>
  readonly label: string
  readonly look?: 'primary' | 'secondary' | 'danger' | 'plain'
  /** Said to who cannot see what stands beside the button. */
  readonly of?: string
}

/** One button that does something: a form of its own, with the token of this browser. */
export function actButton(
  frame: Pick<Frame, 'base' | 'request'>,
  { path, fields, label, look = 'secondary', of }: Act,
): Html {
  return html`<form method="post" action="${frame.base}${path}"><input type="hidden" name="request" value="${frame.request}">${hidden(fields)}<button class="${look}"${of !== undefined && html` aria-label="${label}: ${of}"`}>${label}</button></form>`
}

export function hidden(fields: Readonly<Record<string, string>>): readonly Html[] {
  return Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
}

/** Where else a list goes on: addresses and their words. */
export function pager(label: string, ...ways: readonly (readonly [string, string])[]): Html {
  return html`<nav class="pager" aria-label="${label}">${ways.map(([href, words]) => html`<a href="${href}">${words}</a>`)}</nav>`
}

/** A query of this console: what is empty is left out. */
export function withQuery(address: string, query: Readonly<Record<string, string | undefined>>): string {
  const set = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  )
  return set.length === 0 ? address : `${address}?${new URLSearchParams(set)}`
}

export function option(value: string, label: string, chosen: string | undefined): Html {
  return html`<option value="${value}"${value === (chosen ?? '') && html` selected`}>${label}</option>`
}

/** What was typed into a form that comes back, and the marks of the field that was wrong; nothing of it in any other form. */
export function typedInto({ returned }: Pick<Frame, 'returned'>, key: FormKey) {
  const mine = returned?.key === key ? returned : undefined
  return {
    isBack: mine !== undefined,
    value: (field: string, otherwise = '') => mine?.sent[field] ?? otherwise,
    /** @param hint the id of what describes the field in any case */
    marks: (field: string, hint?: string): Html | false => {
      const isWrong = mine?.problem?.field === field
      const describing = [...(isWrong ? ['problem'] : []), ...(hint === undefined ? [] : [hint])].join(' ')
      return html`${describing !== '' && html` aria-describedby="${describing}"`}${isWrong && html` aria-invalid="true" autofocus`}`
    },
  }
}
