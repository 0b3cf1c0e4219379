const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Time-ordered, 32 hexadecimal digits (RFC 9562 §5.7, UUIDv7 without dashes), so that new rows land side by side. */
export function timeOrderedId(milliseconds: number, random: (bytes: number) => Uint8Array): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(Math.floor(milliseconds), 0, 6)
  bytes.set(random(10), 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex')
}

/** Ten characters that a person can read out on the telephone. */
export function correlationId(random: (bytes: number) => Uint8Array): string {
  let id = ''
  for (const byte of random(10)) id += CROCKFORD[byte & 31]
  return id
}

/**
 * Whether an id is kept for those who are no clients: people, those whom an identity provider names, and workloads. RFC 9068 §5: a
 * client must not be able to choose an id by which its `sub` could be taken for a person's.
 */
export function isKeptForSubjects(id: string): boolean {
  return /^(dwu_|dwx_|workload:)/.test(id)
}
