import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hostsOf } from './postgres-hosts.ts'

const READ: readonly (readonly [string, readonly string[]])[] = [
  ['postgres://ada:pw@one/doorward', ['postgres://ada:pw@one/doorward']],
  [
    'postgres://ada:pw@one:5432,two:5433/doorward?sslmode=verify-full',
    [
      'postgres://ada:pw@one:5432/doorward?sslmode=verify-full',
      'postgres://ada:pw@two:5433/doorward?sslmode=verify-full',
    ],
  ],
  ['postgresql://[::1]:5432,[::2]/d', ['postgresql://[::1]:5432/d', 'postgresql://[::2]/d']],
  ['postgres://one,two/d?target_session_attrs=read-write', ['postgres://one/d', 'postgres://two/d']],
  ['postgres://one/d?target_session_attrs=primary&sslmode=disable', ['postgres://one/d?sslmode=disable']],
  ['postgres://one/d?sslmode=disable&target_session_attrs=primary', ['postgres://one/d?sslmode=disable']],
  ['postgres:///d?host=/run/postgresql', ['postgres:///d?host=/run/postgresql']],
]

for (const [address, hosts] of READ)
  test(`${address} names ${hosts.length}`, () => assert.deepEqual(hostsOf(address), hosts))

for (const wanted of ['any', 'standby', 'read-only', 'prefer-standby', '']) {
  test(`target_session_attrs=${wanted} is refused: Doorward writes`, () =>
    assert.throws(() => hostsOf(`postgres://one,two/d?target_session_attrs=${wanted}`), /and Doorward writes/))
}

test('however many hosts there are, each comes once, in order, with everything else that was said', () => {
  const name = fc.stringMatching(/^[a-z0-9.-]{1,20}(:[1-9][0-9]{0,3})?$/)
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 9 }), (hosts) => {
      const expected = hosts.map((host) => `postgres://ada:p%2Cw@${host}/d?a=b,c`)
      assert.deepEqual(hostsOf(`postgres://ada:p%2Cw@${hosts.join(',')}/d?a=b,c`), expected)
    }),
  )
})
