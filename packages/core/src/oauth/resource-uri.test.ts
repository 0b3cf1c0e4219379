import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isResourceUri, sameResource } from './resource-uri.ts'

const TABLE: readonly [string, string, boolean][] = [
  ['https://h', 'https://h/', true],
  ['https://h/', 'https://h', true],
  ['https://h/mcp', 'https://h/mcp', true],
  ['https://H/mcp', 'https://h/mcp', true],
  ['HTTPS://h/mcp', 'https://h/mcp', true],
  ['https://h/mcp', 'https://h/mcp/', false],
  ['https://h/mcp', 'https://h', false],
  ['https://h/mcp', 'https://h/MCP', false],
  ['https://h/mcp', 'https://h:443/mcp', false],
  ['https://h/mcp', 'http://h/mcp', false],
  ['https://h/mcp', 'https://h/mcp?x', false],
  ['https://h/m%63p', 'https://h/mcp', false],
  ['https://h', 'https://h/#', false],
]

for (const [a, b, same] of TABLE) {
  test(`${a} and ${b} are ${same ? 'one resource' : 'two resources'} [q25, mcp-2026-07-28-g12]`, () =>
    assert.equal(sameResource(a, b), same))
}

for (const bad of ['h/mcp', 'https://', 'https://h/#x', 'https://u:p@h/', 'urn:x', 'ftp://h/', 'https://h ', '']) {
  test(`${JSON.stringify(bad)} is no resource URI [rfc8707-2-absolute]`, () => assert.equal(isResourceUri(bad), false))
}
