import { html } from '../html.ts'
import { page } from '../layout.ts'
import type { Page, ProblemView } from '../views.ts'

/** Cause, mend, and the reference under which the operator finds the whole story. */
export function problemPage(view: ProblemView): Page {
  return page({
    title: view.title,
    status: view.status,
    main: html`<h1>${view.title}</h1><div class="note bad"><p>${view.cause}</p></div>
<h2>What you can do</h2><p>${view.mend}</p>
<h2>Reference</h2><p class="ref address">${view.correlation}</p><p class="small soft">Whoever runs this server finds what happened with it: <code>doorward events --ref ${view.correlation}</code></p>`,
    footer: html`${view.code}, status ${view.status}`,
  })
}
