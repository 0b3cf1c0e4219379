import { address, html } from '../../html.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import type { FormKey } from '../act-form.ts'
import { consolePage, type Frame } from '../frame.ts'
import { hidden } from '../parts.ts'

export interface SureView {
  readonly frame: Frame
  readonly key: FormKey
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  readonly back: string
}

/** Asked before something that cannot be taken back. */
export function surePage({ frame, key, action, fields, back }: SureView, words: Words): Page {
  const { admin, adminDone } = words
  const questions: Readonly<Partial<Record<FormKey, { title: string; text: string; button: string }>>> = adminDone.sure
  const question = questions[key] ?? adminDone.sureOfAnything
  return consolePage({
    words,
    frame,
    title: question.title,
    main: html`<h1>${question.title}</h1><section class="panel"><p>${question.text}</p>${fields.id !== undefined && html`<p>${address(fields.id)}</p>`}
<div class="buttons"><a class="button secondary" href="${back}">${admin.cancel}</a><form method="post" action="${action}"><input type="hidden" name="request" value="${frame.request}"><input type="hidden" name="sure" value="yes">${hidden(fields)}<button class="danger">${question.button}</button></form></div></section>`,
  })
}
