export interface GatewayLimits {
  readonly requestBytes: number
  readonly jsonDepth: number
  readonly connectMilliseconds: number
  /** Until the upstream's first byte; tools may take their time. */
  readonly firstByteMilliseconds: number
  /** How often an open stream is looked at: is its grant still good? */
  readonly recheckMilliseconds: number
}

export const LIMITS: GatewayLimits = {
  requestBytes: 4 * 1024 * 1024,
  jsonDepth: 64,
  connectMilliseconds: 5_000,
  firstByteMilliseconds: 120_000,
  recheckMilliseconds: 1_000,
}
