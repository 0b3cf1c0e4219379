import { accountFact } from '../account-choice.ts'
import { APPROVAL_SCRIPT } from '../approval-script.ts'
import { knownOf, nameOf, warningOf, whereTo } from '../client-words.ts'
import { address, type Html, html, isolated } from '../html.ts'
import { page, referenceFooter } from '../layout.ts'
import { quotedForShell } from '../shell.ts'
import type { ApprovalView, Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** An operator has to admit the application first. The tab stays where it is and goes on by itself. */
export function approvalPage(view: ApprovalView, words: Words): Page {
  const { client, destination, resource, isAsked } = view
  const { approval, common } = words
  const title = isAsked ? approval.titleAsked : approval.title
  return page({
    words,
    title,
    scripts: [APPROVAL_SCRIPT],
    main: html`<div id="approval" data-state="${isAsked && view.state}" data-again="${view.again}">${knownOf(client, words)}
<h1>${title}</h1>
${nameOf(client, words)}${warningOf(client, words)}
<p>${isAsked ? approval.leadAsked : approval.lead}</p>
<dl class="facts">
<div><dt>${common.answerGoesTo}</dt><dd>${whereTo(destination, words)}</dd></div>
<div><dt>${common.server}</dt><dd><strong>${isolated(resource.name)}</strong><span class="line">${address(resource.uri)}</span></dd></div>
${accountFact(view, words)}
</dl>
${isAsked ? waiting(view, words) : asking(view, words)}</div>`,
    footer: referenceFooter(words, view.correlation),
  })
}

function asking(view: ApprovalView, { approval }: Words): Html {
  return html`<form method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}">
<div class="actions"><button class="secondary" name="decision" value="deny">${approval.decline}</button><button class="primary" name="decision" value="ask">${approval.ask}</button></div></form>`
}

function waiting(view: ApprovalView, { approval }: Words): Html {
  const command = html`<code>doorward client approve ${quotedForShell(view.client.id)}</code>`
  return html`<p role="status" class="soft">${approval.notAnswered}</p>
<p class="small soft">${approval.howOperators(command)}</p>
<div class="actions"><a class="button secondary" href="${view.again}">${approval.lookAgain}</a></div>`
}
