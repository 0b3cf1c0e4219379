import { COPY_SCRIPT, copyable } from '../copy.ts'
import { html, isolated } from '../html.ts'
import { CAUTION } from '../icons.ts'
import { page } from '../layout.ts'
import type { Page, ProblemView } from '../views.ts'
import type { Words } from '../words/words.ts'

/** Cause, mend, and the reference under which the operator finds the whole story. */
export function problemPage(view: ProblemView, words: Words): Page {
  return page({
    words,
    title: view.title,
    status: view.status,
    scripts: [COPY_SCRIPT],
    main: html`<p class="badge bad">${CAUTION}<code>${view.code}</code> · ${view.status}</p>
<h1>${view.title}</h1>
<p>${view.cause}</p>
<h2>What you can do</h2>
<p>${view.mend}</p>
<p class="small soft">Why this happens: <a href="${view.help}"><code>${view.reason}</code></a></p>
${view.next !== undefined && html`<p><a href="${view.next.href}">${isolated(view.next.label)}</a></p>`}
<h2>Reference</h2>
<div class="reference">${copyable(view.correlation, 'the reference')}</div>
${view.trace !== undefined && html`<p><a href="${view.trace}">${words.admin.trace}</a></p>`}
<p class="small soft">Give this reference to whoever runs this server. They see what happened with <code>doorward events --ref ${view.correlation}</code>.</p>`,
  })
}
