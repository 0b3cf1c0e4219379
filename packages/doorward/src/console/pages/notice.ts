import { html } from '../html.ts'
import { page } from '../layout.ts'
import type { NoticeView, Page } from '../views.ts'

/** Something is done: signed out, disconnected. */
export function noticePage({ title, text, next }: NoticeView): Page {
  return page({
    title,
    main: html`<h1>${title}</h1><p>${text}</p>${next !== undefined && html`<p><a href="${next.href}">${next.label}</a></p>`}`,
  })
}
