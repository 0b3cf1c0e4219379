/**
 * Improves the consent page and is not needed by it. A second click looks spent, and where the answer goes to an application
 * by a scheme of its own the browser stays on this page, so it says what happened (quirk Q31). A page that came where it was asked for takes
 * the address at which it waits, so that Back and a reload lead to the same question (quirk Q27).
 *
 * The form is never held back: a second answer is the same answer (quirk Q27).
 */
export const CONSENT_SCRIPT = `(() => {
  const form = document.getElementById('answer')
  try { history.replaceState(null, '', form.action + '?request=' + form.elements.request.value) } catch {}
  const question = document.getElementById('question')
  const template = document.querySelector('template')
  const notice = template && template.content.firstElementChild
  const title = document.title
  let timers = []
  const rest = () => {
    timers.forEach(clearTimeout)
    timers = []
    for (const button of form.querySelectorAll('button')) button.removeAttribute('aria-disabled')
    if (notice) notice.remove()
    question.hidden = false
    document.title = title
  }
  form.addEventListener('submit', () => {
    timers.push(setTimeout(() => {
      for (const button of form.querySelectorAll('button')) button.setAttribute('aria-disabled', 'true')
    }))
    if (!notice) return void timers.push(setTimeout(rest, 8000))
    timers.push(setTimeout(() => {
      question.hidden = true
      question.after(notice)
      const heading = notice.querySelector('h1')
      document.title = heading.textContent
      heading.focus()
    }, 1000))
  })
  if (notice) notice.querySelector('button').addEventListener('click', () => {
    rest()
    form.querySelector('button[value=approve]').focus()
  })
  addEventListener('pageshow', rest)
})()`
