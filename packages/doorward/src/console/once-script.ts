/**
 * A second click on a button that does something sends nothing: a browser shows the answer to the last one alone, and that would say that a
 * person is there already whose password was in the first, or that a password is not right that was changed a moment ago. The consent
 * page has none of this: a second answer to it is the same answer (quirk Q27).
 */
export const ONCE_SCRIPT = `(() => {
  let sent = false
  addEventListener('submit', (event) => {
    if (event.defaultPrevented) return
    if (sent) return event.preventDefault()
    sent = true
    setTimeout(() => { sent = false }, 3000)
  })
  addEventListener('pageshow', () => { sent = false })
})()`
