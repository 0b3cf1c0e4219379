import { COPY_SCRIPT, copyable } from '../copy.ts'
import { type Html, html, isolated } from '../html.ts'
import { CAUTION } from '../icons.ts'
import { page } from '../layout.ts'
import type { ProblemView } from '../problem-views.ts'
import type { Page } from '../views.ts'
import { told } from '../words/told.ts'
import type { Words } from '../words/words.ts'

/** Cause, mend, and the reference under which the operator finds the whole story. */
export function problemPage(view: ProblemView, words: Words): Page {
  const { problem } = words
  const title = problem.titles[view.situation]
  const telling = view.situation === 'nothingHere' ? undefined : told(words, view.reason)
  return page({
    words,
    title,
    status: view.status,
    scripts: [COPY_SCRIPT],
    main: html`<p class="badge bad">${CAUTION}<code>${view.code}</code> · ${view.status}</p>
<h1>${title}</h1>
<p>${telling?.cause ?? view.cause}</p>
<h2>${problem.whatYouCanDo}</h2>
<p>${telling?.mend ?? view.mend}</p>
${telling !== undefined && precisely(view, words)}
<p class="small soft">${problem.why} <a href="${view.help}"><code>${view.reason}</code></a></p>
${view.page !== undefined && html`<p><a href="${view.page}">${problem.openAnew}</a></p>`}
${view.next !== undefined && html`<p><a href="${view.next.href}">${whither(view.next, words)}</a></p>`}
<h2>${problem.reference}</h2>
<div class="reference">${copyable(view.correlation, problem.referenceWhat, words)}</div>
${view.trace !== undefined && html`<p><a href="${view.trace}">${words.admin.trace}</a></p>`}
<p class="small soft">${problem.referenceHint(html`<code>doorward trace ${view.correlation}</code>`)}</p>`,
  })
}

/** The refusal itself, with the names and values in it, as whoever builds the application has to read it. */
function precisely({ cause, mend }: ProblemView, { problem }: Words): Html {
  return html`<h2>${problem.forDevelopers}</h2><div class="small soft" lang="en"><p>${cause}</p><p>${mend}</p></div>`
}

function whither({ place }: NonNullable<ProblemView['next']>, { problem }: Words): Html {
  return place === undefined ? html`${problem.tryAgain}` : isolated(problem.goBackTo(place))
}
