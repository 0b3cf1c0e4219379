import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { ACTIONS } from '../packages/doorward/src/authority/admin/actions/index.ts'
import { openapiDocument } from '../packages/doorward/src/authority/admin/openapi.ts'
import { OPENAPI_FILE, openapiText } from './openapi.ts'

test('docs/openapi.json is the API that answers', async () => {
  assert.equal(readFileSync(OPENAPI_FILE, 'utf8'), await openapiText(), 'run: npm run openapi')
})

test('each action is described once, with its permission and schemas that a validator takes', async () => {
  const { paths } = await openapiDocument('https://door.example.com')
  const operations = Object.values(paths).flatMap((path) => Object.values(path)) as {
    operationId: string
    security: { operator: string[] }[]
    requestBody?: { content: { 'application/json': { schema: object } } }
    responses: Record<string, { content?: { 'application/json': { schema: object } } }>
  }[]
  assert.deepEqual(operations.map(({ operationId }) => operationId).sort(), Object.keys(ACTIONS).sort())
  const validator = new Ajv2020({ strict: false })
  for (const { operationId, security, requestBody, responses } of operations) {
    assert.deepEqual(security, [{ operator: [ACTIONS[operationId as keyof typeof ACTIONS].permission] }])
    for (const { content } of [requestBody, ...Object.values(responses)].filter((part) => part !== undefined))
      if (content !== undefined) assert.doesNotThrow(() => validator.compile(content['application/json'].schema))
  }
})
