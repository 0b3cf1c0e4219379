// A database whose disk is full, on a disk of its own that is small: a file system in memory, which only root can mount.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { waitFor } from './doorward.ts'
import { startFleet } from './fleet.ts'
import { introspect, openLedger, REFUSAL_MILLISECONDS } from './ledger-of-answers.ts'
import { CAN_MOUNT, withSmallDisk } from './small-disk.ts'

test(
  'where the tables of the database have no room left, what writes is refused with 503, what reads is answered, and all goes on when there is room [doorward-honest-outage, doorward-durable]',
  {
    timeout: 600_000,
    skip: CAN_MOUNT ? false : 'only root mounts a small disk',
  },
  () =>
    withSmallDisk(48, async ({ path, fill, free }) => {
      const postgres = await startPostgres()
      try {
        await postgres.ask(`CREATE TABLESPACE small LOCATION '${path}'`)
        await postgres.ask('CREATE DATABASE small TABLESPACE small')
        const fleet = await startFleet(postgres.address('small'))
        try {
          await using ledger = await openLedger(fleet)
          await ledger.goesOn()
          const levelled = fleet.level()
          fill()
          await ledger.isRefused()
          await ledger.isRefused()
          const { slowest } = ledger.refusals()
          assert.ok(slowest < REFUSAL_MILLISECONDS, `the slowest refusal took ${slowest} ms`)
          const { access, refresh } = ledger.families[0] ?? assert.fail()
          assert.equal((await fleet.call(0, access)).status, 200)
          assert.equal((await introspect(fleet, 1, refresh[0] ?? '')).active, true)
          free()
          await ledger.goesOn()
          await ledger.redeemAndRevoke()
          await ledger.end()
          await ledger.audit()
          await levelled()
        } finally {
          await fleet.stop()
        }
      } finally {
        await postgres.stop()
      }
    }),
)

test(
  'where its log has no room left the database stops; refusals are honest, and what was answered is there when it starts again [doorward-honest-outage, doorward-durable]',
  {
    timeout: 600_000,
    skip: CAN_MOUNT ? false : 'only root mounts a small disk',
  },
  () =>
    withSmallDisk(80, async ({ path, fill, free }) => {
      const postgres = await startPostgres(undefined, { settings: ['max_wal_size=32MB', 'wal_recycle=off'] })
      try {
        await postgres.kill()
        const log = join(postgres.data, 'pg_wal')
        execFileSync('cp', ['-a', `${log}/.`, path])
        rmSync(log, { recursive: true })
        symlinkSync(path, log)
        await postgres.start()
        const fleet = await startFleet(await postgres.fresh())
        try {
          await using ledger = await openLedger(fleet)
          await ledger.goesOn()
          const levelled = fleet.level()
          fill()
          // Each switch wants a new file of the log; without room for one the server panics.
          const isGone = () =>
            postgres.ask('SELECT pg_switch_wal()').then(
              () => false,
              () => true,
            )
          await waitFor(isGone)
          await ledger.isRefused()
          await ledger.isRefused()
          const { slowest } = ledger.refusals()
          assert.ok(slowest < REFUSAL_MILLISECONDS, `the slowest refusal took ${slowest} ms`)
          await postgres.kill()
          free()
          await postgres.start()
          await ledger.goesOn()
          await ledger.redeemAndRevoke()
          await ledger.end()
          await ledger.audit()
          await levelled()
        } finally {
          await fleet.stop()
        }
      } finally {
        await postgres.stop()
      }
    }),
)
