import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Progress } from '../../store/transfer/filling.ts'
import type { Terminal } from '../commands/command.ts'
import { bar, showProgress } from './progress.ts'

function watched(isScreen: boolean) {
  const seen: string[] = []
  const terminal: Terminal = {
    print: (line) => void seen.push(`out ${line}`),
    say: (line) => void seen.push(`err ${line}`),
    redraw: isScreen ? (line) => void seen.push(`screen ${line}`) : undefined,
    readInput: async () => '',
    readLine: async () => undefined,
    env: {},
    untilStopped: () => new Promise(() => undefined),
  }
  return { seen, terminal }
}

const at = (rows: number): Progress => ({ step: 'copying', table: 'grants', rows, of: 1000 })

/** Ten reports, a fifth of a second apart. */
function twoSeconds(isScreen: boolean, json: boolean): readonly string[] {
  const { seen, terminal } = watched(isScreen)
  let now = 0
  const { told, end } = showProgress(terminal, json, () => now)
  for (let i = 1; i <= 10; i++) {
    now += 200
    told(at(i * 100))
  }
  end()
  return seen
}

test('without a screen it is a line a second', () => {
  assert.deepEqual(twoSeconds(false, false), [
    'err Copying grants: 500 of 1000 rows (50 %)',
    'err Copying grants: 1000 of 1000 rows (100 %)',
  ])
})

test('for programs it is a line of JSON a second, on standard output, with a screen or without', () => {
  for (const isScreen of [true, false]) {
    const seen = twoSeconds(isScreen, true)
    assert.deepEqual(
      seen.map((line) => JSON.parse(line.slice('out '.length)) as Progress),
      [at(500), at(1000)],
    )
  }
})

test('on a screen it is a bar that grows, and leaves its line empty', () => {
  const seen = twoSeconds(true, false)
  assert.equal(seen.length, 11)
  assert.equal(seen[4], `screen ${'█'.repeat(15)}${'░'.repeat(15)} Copying grants: 500 of 1000 rows (50 %)`)
  assert.equal(seen.at(-1), 'screen ')
})

test('the bar is as long however far it is, also where there is nothing to do', () => {
  for (const share of [0, 0.001, 0.5, 0.999, 1]) assert.equal(bar(share).length, 30)
  const { seen, terminal } = watched(true)
  let now = 0
  const { told } = showProgress(terminal, false, () => now)
  now = 500
  told({ step: 'comparing', table: 'users', rows: 0, of: 0 })
  assert.match(seen[0] ?? '', /^screen █+ Comparing users: 0 of 0 rows \(100 %\)$/)
})
