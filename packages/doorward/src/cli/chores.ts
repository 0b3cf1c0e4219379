import type { AuthorityContext } from '../authority/context.ts'
import type { Store } from '../store/store.ts'
import { keepListening } from './keep-listening.ts'

const SWEEP_SECONDS = 600
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
    void sweepInTurn(store, now()).catch(() => {
      audit({ type: 'server.failed', outcome: 'refused', reason: 'sweep_failed' })
    })
  }, SWEEP_SECONDS * 1000).unref()
  const tender = setInterval(() => {
    // Whether this process may still work on the database, where nobody asks for its readiness.
    void store
      .schema()
      .then(keyring.tend)
      .catch(() => {
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

/** Of all processes on a database, the one that comes first in each ten minutes forgets for all. Whether it was this one. */
export async function sweepInTurn(store: Pick<Store, 'claims' | 'sweep'>, now: number): Promise<boolean> {
  const turn = Math.floor(now / SWEEP_SECONDS)
  const verdict = await store.claims.claim(`sweep ${turn}`, (turn + 2) * SWEEP_SECONDS)
  if (verdict === 'first') await store.sweep({ now, ...SWEEP })
  return verdict === 'first'
}
