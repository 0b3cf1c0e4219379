import * as v from 'valibot'

const MOST_WORKERS = 64
const LONGEST_DRAIN_SECONDS = 300
const MOST_HOPS = 10

const NetworksSchema = v.array(v.pipe(v.string(), v.regex(/^[0-9a-f.:]+\/\d{1,3}$/i, 'a network is like 10.0.0.0/8')))

/** How the processes run, and what stands in front of them. */
export const RUNNING = {
  workers: v.optional(
    v.pipe(
      v.union([v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_WORKERS)), v.literal('auto')]),
      v.description('How many processes share the port; auto: as many as there are cores. Default 1.'),
    ),
  ),
  drainSeconds: v.optional(
    v.pipe(
      v.number(),
      v.minValue(0),
      v.maxValue(LONGEST_DRAIN_SECONDS),
      v.description(
        'For so long a server that was asked to stop serves on, with /readyz saying no, so that balancers send nobody here any more. Default 1.',
      ),
    ),
  ),
  trustedProxies: v.optional(
    v.pipe(
      v.union([NetworksSchema, v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MOST_HOPS))]),
      v.description(
        'Networks of proxies whose X-Forwarded-For, and whose mtls.header, is believed; or, where their addresses are not known, how many stand in front. Default: this computer.',
      ),
    ),
  ),
}
