// Stands where an OpenTelemetry collector would: takes OTLP/HTTP and reads its protobuf, with nothing of the SDK that wrote it.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** One protobuf message as it lies there: each field by its number, once for each time that it comes. */
type Message = ReadonlyMap<number, readonly (bigint | Buffer)[]>

export interface SeenSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  /** 2 where it failed. */
  readonly status: number
}

export interface SeenLog {
  readonly eventName: string
  readonly severity: string
  readonly body: string
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  readonly traceId: string
  readonly spanId: string
}

export interface Collector {
  readonly url: string
  /** Everything that came, unpacked. */
  readonly bytes: () => Buffer
  readonly spans: () => readonly SeenSpan[]
  readonly logs: () => readonly SeenLog[]
  /** Sums and gauges: the latest value of each series. */
  readonly numbers: () => ReadonlyMap<string, number>
  readonly resource: () => Readonly<Record<string, string | number | boolean>>
  readonly paths: () => readonly string[]
  /** From now on it answers like this; `hang`: not at all. */
  readonly answer: (how: number | 'hang') => void
  readonly close: () => Promise<void>
}

export async function startCollector(port = 0): Promise<Collector> {
  const bodies: { path: string; bytes: Buffer }[] = []
  let how: number | 'hang' = 200
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (how === 'hang') return
      if (how === 200) {
        const packed = Buffer.concat(chunks)
        const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(packed) : packed
        bodies.push({ path: request.url ?? '', bytes })
      }
      response.writeHead(how, { 'content-type': 'application/x-protobuf' }).end()
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const of = (path: string) => bodies.filter((body) => body.path === path).map(({ bytes }) => read(bytes))
  // ExportXServiceRequest.resource_x = 1 · ResourceX.scope_x = 2 · ScopeX.x = 2, in all three of them.
  const items = (path: string) =>
    of(path)
      .flatMap((request) => messages(request, 1))
      .flatMap((resource) => messages(resource, 2))
      .flatMap((scope) => messages(scope, 2))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => Buffer.concat(bodies.map(({ bytes }) => bytes)),
    spans: () => items('/v1/traces').map(spanOf),
    logs: () => items('/v1/logs').map(logOf),
    numbers: () => new Map(items('/v1/metrics').flatMap(pointsOf)),
    resource: () => {
      const [first] = of('/v1/traces').flatMap((request) => messages(request, 1))
      return first === undefined ? {} : attributesOf(messages(first, 1)[0] ?? new Map(), 1)
    },
    paths: () => bodies.map(({ path }) => path),
    answer: (next) => {
      how = next
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function spanOf(span: Message): SeenSpan {
  return {
    traceId: hex(span, 1),
    spanId: hex(span, 2),
    parentId: hex(span, 4),
    name: text(span, 5),
    kind: int(span, 6),
    attributes: attributesOf(span, 9),
    links: messages(span, 13).map((link) => ({ traceId: hex(link, 1), spanId: hex(link, 2) })),
    status: messages(span, 15).map((status) => int(status, 3))[0] ?? 0,
  }
}

function logOf(record: Message): SeenLog {
  return {
    severity: text(record, 3),
    body: messages(record, 5).map((value) => text(value, 1))[0] ?? '',
    attributes: attributesOf(record, 6),
    traceId: hex(record, 9),
    spanId: hex(record, 10),
    eventName: text(record, 12),
  }
}

function pointsOf(metric: Message): [string, number][] {
  const name = text(metric, 1)
  const scalars = [5, 7].flatMap((kind) => messages(metric, kind)).flatMap((data) => messages(data, 1))
  const histograms = messages(metric, 9).flatMap((data) => messages(data, 1))
  return [
    ...scalars.map((point): [string, number] => [seriesOf(name, attributesOf(point, 7)), double(point, 4)]),
    ...histograms.map((point): [string, number] => [
      seriesOf(`${name}_count`, attributesOf(point, 9)),
      fixed(point, 4),
    ]),
  ]
}

export function seriesOf(name: string, labels: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}

function attributesOf(message: Message, field: number): Record<string, string | number | boolean> {
  const pairs = messages(message, field).map((pair) => {
    const [value = new Map()] = messages(pair, 2)
    return [text(pair, 1), said(value)] as const
  })
  return Object.fromEntries(pairs)
}

function said(value: Message): string | number | boolean {
  if (value.has(2)) return int(value, 2) === 1
  if (value.has(3)) return int(value, 3)
  return value.has(4) ? double(value, 4) : text(value, 1)
}

const bytesOf = (message: Message, field: number): Buffer => {
  const value = message.get(field)?.[0]
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0)
}
const text = (message: Message, field: number): string => bytesOf(message, field).toString('utf8')
const hex = (message: Message, field: number): string => bytesOf(message, field).toString('hex')
const int = (message: Message, field: number): number => Number(message.get(field)?.[0] ?? 0n)
const double = (message: Message, field: number): number => {
  const bytes = bytesOf(message, field)
  return bytes.length === 8 ? bytes.readDoubleLE() : 0
}
const fixed = (message: Message, field: number): number => {
  const bytes = bytesOf(message, field)
  return bytes.length === 8 ? Number(bytes.readBigUInt64LE()) : 0
}
const messages = (message: Message, field: number): Message[] =>
  (message.get(field) ?? []).map((value) => read(value as Buffer))

/** protobuf.dev/programming-guides/encoding: a number and a wire type, then what they say. */
function read(bytes: Buffer): Message {
  const fields = new Map<number, (bigint | Buffer)[]>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error('the message ends in the middle of a field')
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const key = Number(varint())
    const field = key >> 3
    const wire = key & 7
    const value = wire === 0 ? varint() : wire === 1 ? take(8) : wire === 2 ? take(Number(varint())) : take(4)
    fields.set(field, [...(fields.get(field) ?? []), value])
  }
  return fields
}
