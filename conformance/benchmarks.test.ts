import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Contender, doorward, floor } from '../bench/contenders.ts'
import { openEstate } from '../bench/estate.ts'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'

// Whether what is measured still happens; how fast it is, no test says.

let folder: string
let postgres: TestPostgres
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorward-bench-'))
  postgres = await startPostgres()
})
after(async () => {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

const CONTENDERS: readonly (readonly [string, () => Promise<Contender>])[] = [
  ['the floor', () => floor(folder)],
  ['Doorward on SQLite', () => doorward(folder, 'SQLite')],
  ['Doorward on PostgreSQL', () => doorward(folder, 'PostgreSQL')],
]
for (const [who, enter] of CONTENDERS) {
  test(`every operation of the benchmark succeeds, and again: ${who}`, async () => {
    const contender = await enter()
    try {
      for (const load of Object.values(contender.operations)) {
        await load.operation(0)
        await load.operation(0)
      }
    } finally {
      await contender.stop()
    }
  })
}

for (const engine of ['SQLite', 'PostgreSQL'] as const) {
  test(`the grants that the benchmark of the growth made up can be refreshed, and again: ${engine}`, async () => {
    const grants = 20
    const estate = await openEstate(folder, grants, engine === 'PostgreSQL' ? postgres : undefined)
    try {
      for (let i = 0; i < 2 * grants; i++) await estate.load.operation(0)
    } finally {
      await estate.stop()
    }
  })
}
