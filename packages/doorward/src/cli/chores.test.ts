import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore } from '../store/index.ts'
import { sweepInTurn } from './chores.ts'

const NOW = 1_800_000_000

test('of several processes on a database one forgets what is over in each ten minutes, whichever comes first [doorward-nodes]', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-chores-'))
  const stores = [1, 2, 3].map(() => openStore(join(folder, 'db.sqlite'), () => NOW * 1000))
  try {
    for (const at of [NOW, NOW + 600, NOW + 6000]) {
      const swept: boolean[] = []
      let sweeps = 0
      for (const { claims, sweep } of stores) {
        const counted: typeof sweep = (limits) => {
          sweeps++
          return sweep(limits)
        }
        swept.push(await sweepInTurn({ claims, sweep: counted }, at))
      }
      assert.deepEqual([swept, sweeps], [[true, false, false], 1])
    }
    // What was claimed for it goes like every other claim.
    const [store] = stores
    await store?.claims.claim('proof', NOW + 7200)
    assert.equal(await store?.claims.claim(`sweep ${NOW / 600}`, 0), 'first')
  } finally {
    for (const store of stores) await store.close()
    rmSync(folder, { recursive: true })
  }
})
