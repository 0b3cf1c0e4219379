import type { AuthorityContext } from '../authority/context.ts'
import { keepListening } from './keep-listening.ts'

const SWEEP_MILLISECONDS = 600_000
const TEND_MILLISECONDS = 60_000
const DAY = 86_400
const SWEEP = { unusedClientSeconds: DAY, usedClientSeconds: 90 * DAY, mostEvents: 200_000 }

/** While nothing can be heard of other processes, what they did to the keys is looked for that often. */
const UNHEARD_MILLISECONDS = 1000

/**
 * What a house does unasked: forgets what is over, renews signing keys in time, and takes up at once what other processes did to them. Returns
 * what ends it.
 */
export function startChores({ store, keyring, news, now, audit }: AuthorityContext): () => void {
  const sweeper = setInterval(() => {
    void store.sweep({ now: now(), ...SWEEP }).catch(() => {
      audit({ type: 'server.failed', outcome: 'refused', reason: 'sweep_failed' })
    })
  }, SWEEP_MILLISECONDS).unref()
  const tender = setInterval(() => {
    void keyring.tend().catch(() => {
      audit({ type: 'server.failed', outcome: 'refused', reason: 'keys_not_tended' })
    })
  }, TEND_MILLISECONDS).unref()
  // That the database is away is told once a minute, above.
  const takeUp = () => void keyring.tend().catch(() => undefined)
  const unfollow = store.changes.follow(({ of }) => {
    if (of === 'keys' || of === 'everything') takeUp()
  })
  const looker = setInterval(() => {
    if (!news.isComplete()) takeUp()
  }, UNHEARD_MILLISECONDS).unref()
  const unlisten = keepListening(news)
  return () => {
    unlisten()
    unfollow()
    clearInterval(looker)
    clearInterval(sweeper)
    clearInterval(tender)
  }
}
