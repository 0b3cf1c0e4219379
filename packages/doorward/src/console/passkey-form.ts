import { type Html, html } from './html.ts'
import { CAUTION } from './icons.ts'
import type { PasskeyView } from './views.ts'

/**
 * Hidden until `PASSKEY_SCRIPT` finds that the browser knows passkeys.
 * @param failed what is said where the browser gave no answer
 */
export function passkeyForm(view: PasskeyView, request: string, inside: Html, failed: string): Html {
  return html`<form id="passkey" method="post" action="${view.action}" data-options="${view.options}" hidden><input type="hidden" name="request" value="${request}"><input type="hidden" name="passkey" value="${view.sealed}"><input type="hidden" name="response" value="">
<div class="note bad" role="alert" hidden>${CAUTION}<span>${failed}</span></div>
${inside}</form>`
}
