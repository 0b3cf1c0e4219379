export interface GatewayLimits {
  readonly requestBytes: number
  readonly jsonDepth: number
  readonly connectMilliseconds: number
  /** Until the upstream's first byte; tools may take their time. */
  readonly firstByteMilliseconds: number
  /** Between two pieces of an answer that is no event stream. */
  readonly silenceMilliseconds: number
  /** As long an answer in JSON is read whole and looked at; a longer one passes as it comes. */
  readonly answerBytes: number
  /** How often an open stream is looked at: is its grant still good? */
  readonly recheckMilliseconds: number
}

export const LIMITS: GatewayLimits = {
  requestBytes: 4 * 1024 * 1024,
  jsonDepth: 64,
  connectMilliseconds: 5_000,
  firstByteMilliseconds: 120_000,
  silenceMilliseconds: 120_000,
  answerBytes: 1024 * 1024,
  recheckMilliseconds: 1_000,
}
