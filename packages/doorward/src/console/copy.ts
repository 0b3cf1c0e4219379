import { type Html, html } from './html.ts'
import type { Words } from './words/words.ts'

/** Text to take away: one click selects it whole, and where script runs a button copies it. */
export function copyable(text: string, what: string, { common }: Words): Html {
  return html`<div class="copy"><pre data-copy="${common.copy}" data-copied="${common.copied}" data-what="${what}"><bdi dir="ltr">${text}</bdi></pre></div>`
}

/** Adds the buttons. Without it, or without a clipboard, the text is selected and copied as any other. */
export const COPY_SCRIPT = `(() => {
  if (!navigator.clipboard) return
  for (const box of document.querySelectorAll('[data-copy]')) {
    const { copy, copied, what } = box.dataset
    const button = document.createElement('button')
    const say = (word) => {
      button.textContent = word
      button.setAttribute('aria-label', word + ' ' + what)
    }
    button.type = 'button'
    say(copy)
    button.addEventListener('click', () => navigator.clipboard.writeText(box.textContent).then(() => {
      say(copied)
      setTimeout(() => say(copy), 2000)
    }, () => getSelection().selectAllChildren(box)))
    box.after(button)
  }
})()`
