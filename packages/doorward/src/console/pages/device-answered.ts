import { html } from '../html.ts'
import { CAUTION, CHECKED } from '../icons.ts'
import { page } from '../layout.ts'
import type { Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** The answer waits for the device, which asks every few seconds. Nothing is left to do here. */
export function deviceAnsweredPage(answer: 'approved' | 'denied', words: Words): Page {
  if (answer === 'denied') {
    return page({
      words,
      title: 'Denied',
      main: html`<p class="badge warn">${CAUTION}<span>Denied</span></p>
<h1>The device gets no access</h1>
<p>You may close this page. Did somebody send you the code? Tell whoever runs this server.</p>`,
    })
  }
  return page({
    words,
    title: 'Return to your device',
    main: html`<p class="badge good">${CHECKED}<span>Allowed</span></p>
<h1>Return to your device</h1>
<p>It goes on by itself within a few seconds. You may close this page.</p>`,
  })
}
