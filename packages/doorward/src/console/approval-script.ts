/**
 * Looks every few seconds whether an operator has answered. Without it, the person looks again by hand. The address is that at which it waits.
 * A server that starts anew, or a database that is gone for a moment, has not answered: the tab would end at an error page.
 */
export const APPROVAL_SCRIPT = `(() => {
  const box = document.getElementById('approval')
  try { history.replaceState(null, '', box.dataset.again) } catch {}
  if (!box.dataset.state) return
  const look = async () => {
    const answer = await fetch(box.dataset.state, { cache: 'no-store' }).catch(() => undefined)
    const text = await answer?.text().catch(() => undefined)
    if (text === undefined || text === 'waiting\\n' || answer.status >= 500) return void setTimeout(look, 3000)
    location.replace(box.dataset.again)
  }
  setTimeout(look, 3000)
})()`
