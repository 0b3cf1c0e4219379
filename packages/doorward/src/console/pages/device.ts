import { html, isolated } from '../html.ts'
import { CAUTION } from '../icons.ts'
import { page, referenceFooter } from '../layout.ts'
import type { DevicePageView, Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** The person types what a device shows (RFC 8628 §3.3). A link may bring the code along; nothing happens before they send it. */
export function devicePage(view: DevicePageView, words: Words): Page {
  const { problem } = view
  const { common, device } = words
  return page({
    words,
    title: device.title,
    status: view.status ?? 200,
    main: html`<h1>${device.title}</h1>
<p class="soft">${device.lead}</p>
${problem !== undefined && html`<div class="note bad" role="alert" id="problem">${CAUTION}<span>${problem}</span></div>`}
<form method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}">
<label for="code">${device.code}</label>
<input class="field code" id="code" name="user_code" required maxlength="24" autocomplete="off" autocapitalize="characters" spellcheck="false" value="${view.userCode ?? ''}" aria-describedby="warning${problem !== undefined && ' problem'}" autofocus>
<p class="small soft" id="warning">${device.warning}</p>
<button class="primary full">${device.submit}</button></form>
<dl class="facts"><div><dt>${common.yourAccount}</dt><dd class="row">${isolated(view.email)}<a class="small" href="${view.switchAccount}">${common.anotherAccount}</a></dd></div></dl>`,
    footer: referenceFooter(words, view.correlation),
  })
}
