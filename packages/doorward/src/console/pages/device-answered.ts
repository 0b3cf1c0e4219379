import { html } from '../html.ts'
import { CAUTION, CHECKED } from '../icons.ts'
import { page } from '../layout.ts'
import type { Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** The answer waits for the device, which asks every few seconds. Nothing is left to do here. */
export function deviceAnsweredPage(answer: 'approved' | 'denied', words: Words): Page {
  const { device } = words
  if (answer === 'denied') {
    return page({
      words,
      title: device.denied,
      main: html`<p class="badge warn">${CAUTION}<span>${device.denied}</span></p>
<h1>${device.deniedHeading}</h1>
<p>${device.deniedHint}</p>`,
    })
  }
  return page({
    words,
    title: device.approvedHeading,
    main: html`<p class="badge good">${CHECKED}<span>${device.approved}</span></p>
<h1>${device.approvedHeading}</h1>
<p>${device.approvedHint}</p>`,
  })
}
