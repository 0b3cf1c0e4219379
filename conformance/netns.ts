// A network of two hosts on one machine: this one, and a namespace in which a database lives. Needs root, and Debian's iproute2.
import { execFileSync } from 'node:child_process'

export const CAN_CUT = process.getuid?.() === 0

export interface Cable {
  readonly namespace: string
  /** The address of the host at the other end. */
  readonly host: string
  /** Pulls the cable at the other end. Whatever is sent is lost, and nobody is told. */
  readonly pull: () => void
  readonly plug: () => void
  readonly remove: () => void
}

const ip = (words: string) => execFileSync('ip', words.split(' '), { encoding: 'utf8' })

export function layCable(): Cable {
  const name = `dw${process.pid}`
  const net = `10.213.${process.pid % 256}`
  const host = `${net}.2`
  ip(`netns add ${name}`)
  ip(`link add ${name}h type veth peer name ${name}p netns ${name}`)
  ip(`addr add ${net}.1/30 dev ${name}h`)
  ip(`link set ${name}h up`)
  ip(`-n ${name} addr add ${host}/30 dev ${name}p`)
  ip(`-n ${name} link set ${name}p up`)
  ip(`-n ${name} link set lo up`)
  // Known for good, so that nobody learns from an unanswered ARP request that the host is gone.
  const address = /link\/ether (\S+)/.exec(ip(`-n ${name} link show ${name}p`))?.[1]
  ip(`neigh replace ${host} lladdr ${address} dev ${name}h nud permanent`)
  return {
    namespace: name,
    host,
    pull: () => void ip(`-n ${name} link set ${name}p down`),
    plug: () => void ip(`-n ${name} link set ${name}p up`),
    remove: () => void ip(`netns del ${name}`),
  }
}
