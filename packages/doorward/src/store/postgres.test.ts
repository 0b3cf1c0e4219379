import { after, before } from 'node:test'
import { startPostgres, type TestPostgres } from '../testing/postgres.ts'
import { storeConformance } from './conformance.ts'
import { openStore } from './index.ts'

let postgres: TestPostgres
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

storeConformance('postgres', async () => openStore(await postgres.fresh(), () => 1_800_000_000_000))
