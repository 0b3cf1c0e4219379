import { html } from '../html.ts'
import { page } from '../layout.ts'
import type { ErrorsView } from '../problem-views.ts'
import type { Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** Every reason by its name, by what it is about; each leads to what it means. The names and situations are for developers, in English. */
export function errorsPage({ action, situations }: ErrorsView, words: Words): Page {
  const { errors } = words
  return page({
    words,
    title: errors.title,
    wide: true,
    main: html`<h1>${errors.title}</h1>
<p class="soft">${errors.lead(html`<code>doorward events --ref</code>`)}</p>
${situations.map(
  ({ title, lead, reasons }) => html`<section lang="en" aria-label="${title}"><h2>${title}</h2>
<p class="small soft">${lead}</p>
<ul class="contents">${Object.keys(reasons).map((name) => html`<li id="${name}"><a href="${action}/${name}"><code>${name}</code></a></li>`)}</ul></section>`,
)}`,
  })
}
