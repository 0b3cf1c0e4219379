// Preloaded, it makes of a process one of a release to come: its migrations are ours and one more.
import { registerHooks } from 'node:module'

const STEPS: Readonly<Record<string, string>> = {
  expand: `{ sql: "ALTER TABLE grants ADD COLUMN later TEXT NOT NULL DEFAULT 'x'; ALTER TABLE clients ADD COLUMN later INTEGER; CREATE TABLE laters (id TEXT PRIMARY KEY) WITHOUT ROWID;", oldestBeside: OWN.length }`,
  contract: `'ALTER TABLE sessions DROP COLUMN used_at;'`,
}

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context)
    if (!url.endsWith('/store/migrations/index.ts')) return loaded
    const own = String(loaded.source).replace(/export const MIGRATIONS\b/, 'const OWN')
    return {
      ...loaded,
      source: `${own}\nexport const MIGRATIONS = [...OWN, ${STEPS[process.env.NEWER_RELEASE ?? '']}]\n`,
    }
  },
})
