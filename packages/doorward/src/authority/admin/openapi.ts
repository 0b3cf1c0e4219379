import { VERSION } from '@doorward/core/kernel/version'
import type { JsonSchema } from '@valibot/to-json-schema'
import { type Endpoint, jsonText } from '../http.ts'
import type { Action, InputSchema } from './actions/action.ts'
import { ACTIONS } from './actions/index.ts'
import { PERMISSIONS } from './permissions.ts'

const HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'public, max-age=300',
  'x-content-type-options': 'nosniff',
}

/** Turns a schema that is enforced into one that is published. */
type Convert = (schema: Action['output'] | InputSchema, mode: 'input' | 'output') => JsonSchema

let made: { readonly issuer: string; readonly text: string } | undefined

/** `GET /admin/api/openapi.json`. Made when somebody first asks, from the same registry that answers. */
export const openapiEndpoint: Endpoint = async ({ issuer }) => {
  if (made?.issuer !== issuer) made = { issuer, text: JSON.stringify(await openapiDocument(issuer)) }
  return jsonText(200, made.text, HEADERS)
}

/** The API as OpenAPI 3.1 has it; its schemas are JSON Schema 2020-12 as they are. */
export async function openapiDocument(issuer: string) {
  const { toJsonSchema } = await import('@valibot/to-json-schema')
  const convert: Convert = (schema, mode) => {
    const { $schema: _, ...rest } = toJsonSchema(schema, {
      target: 'draft-2020-12',
      typeMode: mode,
      errorMode: 'ignore',
    })
    return rest
  }
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [name, action] of Object.entries(ACTIONS) as [string, Action][]) {
    paths[action.path] = { ...paths[action.path], [action.method.toLowerCase()]: operationOf(name, action, convert) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Doorward administration',
      version: VERSION,
      description:
        'What operators do. A protected resource of the server itself: get an access token for it (RFC 8707), as an operator, with a client that an operator registered.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `${issuer}/admin/api` }],
    paths,
    components: {
      securitySchemes: {
        operator: {
          type: 'oauth2',
          description: 'A token that is bound to a key comes with its proof (RFC 9449).',
          flows: {
            authorizationCode: {
              authorizationUrl: `${issuer}/authorize`,
              tokenUrl: `${issuer}/token`,
              refreshUrl: `${issuer}/token`,
              scopes: PERMISSIONS,
            },
          },
        },
      },
      responses: { Refusal: { description: 'Refused', content: { 'application/json': { schema: REFUSAL } } } },
    },
  }
}

const REFUSAL = {
  type: 'object',
  required: ['error', 'error_description', 'error_uri'],
  properties: {
    error: { type: 'string' },
    error_description: { type: 'string', description: 'Ends with the reason in brackets, and the reference.' },
    error_uri: { type: 'string', description: 'Where the reason is explained.' },
    scope: { type: 'string', description: 'The permission that is missing.' },
  },
} as const

function operationOf(name: string, action: Action, convert: Convert) {
  const { method, path, describe, permission, status = 200 } = action
  const { properties = {}, required = [], ...rest } = convert(action.input, 'input')
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => parameter)
  const others = Object.entries(properties).filter(([member]) => !inPath.includes(member))
  const hasBody = method === 'POST' || method === 'PUT'
  const needed = required.filter((member) => !inPath.includes(member))
  const parameters = [
    ...inPath.map((member) => ({ name: member, in: 'path', required: true, schema: properties[member] })),
    ...(hasBody
      ? []
      : others.map(([member, schema]) => ({ name: member, in: 'query', required: needed.includes(member), schema }))),
  ]
  const body = { ...rest, properties: Object.fromEntries(others), ...(needed.length === 0 ? {} : { required: needed }) }
  const takesBody = hasBody && (others.length > 0 || rest.additionalProperties !== false)
  return {
    operationId: name,
    tags: [name.split('.')[0]],
    summary: describe,
    security: [{ operator: [permission] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(takesBody
      ? { requestBody: { required: needed.length > 0, content: { 'application/json': { schema: body } } } }
      : {}),
    responses: {
      [status]:
        status === 204
          ? { description: 'Done' }
          : { description: 'Done', content: { 'application/json': { schema: convert(action.output, 'output') } } },
      '4XX': { $ref: '#/components/responses/Refusal' },
    },
  }
}
