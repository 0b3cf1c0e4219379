/** Looks every few seconds whether an operator has answered. Without it, the person looks again by hand. The address is that at which it waits. */
export const APPROVAL_SCRIPT = `(() => {
  const box = document.getElementById('approval')
  try { history.replaceState(null, '', box.dataset.again) } catch {}
  if (!box.dataset.state) return
  const look = async () => {
    const answer = await fetch(box.dataset.state, { cache: 'no-store' }).catch(() => undefined)
    const text = answer && (await answer.text())
    if (text === 'waiting\\n' || answer === undefined) return void setTimeout(look, 3000)
    location.replace(box.dataset.again)
  }
  setTimeout(look, 3000)
})()`
