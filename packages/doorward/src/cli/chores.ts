import type { AuthorityContext } from '../authority/context.ts'

const SWEEP_MILLISECONDS = 600_000
const TEND_MILLISECONDS = 60_000
const DAY = 86_400
const SWEEP = { unusedClientSeconds: DAY, usedClientSeconds: 90 * DAY, mostEvents: 200_000 }

/**
 * What a house does unasked: forgets what is over, and renews signing keys in time. Returns what ends it.
 * @param leavesSweeping one of several workers forgets for all; each has to see what becomes of the keys
 */
export function startChores({ store, keyring, now, audit }: AuthorityContext, leavesSweeping: boolean): () => void {
  const sweeper = setInterval(() => {
    if (leavesSweeping) return
    void store.sweep({ now: now(), ...SWEEP }).catch(() => {
      audit({ type: 'server.failed', outcome: 'refused', reason: 'sweep_failed' })
    })
  }, SWEEP_MILLISECONDS).unref()
  const tender = setInterval(() => {
    // Whether this process may still work on the database, where nobody asks for its readiness.
    void store
      .schema()
      .then(keyring.tend)
      .catch(() => {
        audit({ type: 'server.failed', outcome: 'refused', reason: 'keys_not_tended' })
      })
  }, TEND_MILLISECONDS).unref()
  return () => {
    clearInterval(sweeper)
    clearInterval(tender)
  }
}
