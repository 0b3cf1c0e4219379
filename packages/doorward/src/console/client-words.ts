import { address, claimed, type Html, html, isolated } from './html.ts'
import { CAUTION, CHECKED } from './icons.ts'
import type { ClientView, DestinationView, DeviceView } from './views.ts'
import type { Words } from './words/words.ts'

/** What is known of an application, in a few words. It stands before everything that the application says of itself. */
export function knownOf({ assurance, vouchedBy }: ClientView, { client: words }: Words): Html {
  const good = (known: string | Html) => html`<p class="badge good">${CHECKED}<span>${known}</span></p>`
  switch (assurance) {
    case 'operator':
      return good(words.operator)
    case 'user':
      return good(words.user)
    case 'domain':
      return good(words.domain(address(vouchedBy ?? '')))
    case 'statement':
      return good(words.statement(address(vouchedBy ?? '')))
    case 'invited':
      return html`<p class="badge warn">${CAUTION}<span>${words.invited}</span></p>`
    case 'claimed':
      return html`<p class="badge warn">${CAUTION}<span>${words.claimed}</span></p>`
    default:
      return assurance satisfies never
  }
}

/** What it calls itself, and how much that is worth. */
export function nameOf(client: ClientView, { client: words }: Words): Html {
  const { assurance, claimedName, vouchedBy, logo } = client
  if (claimedName === undefined) return html`<p>${words.noName}</p>`
  const picture = logo !== undefined && html`<img class="logo" src="${logo}" alt="" width="32" height="32">`
  switch (assurance) {
    case 'operator':
    case 'user':
    case 'statement':
      return html`<p>${picture}${words.called(claimed(claimedName))}</p>`
    case 'domain':
      return html`<p>${picture}${words.calledBy(address(vouchedBy ?? ''), claimed(claimedName))}</p>`
    default:
      return html`<p>${words.callsItself(claimed(claimedName))} <span class="soft">${words.nameUnchecked}</span></p>`
  }
}

/** The same in half a sentence, for a page that asks something else. */
export function briefly(
  { assurance, claimedName, vouchedBy }: ClientView,
  { client: { briefly: words } }: Words,
): Html {
  const name = claimedName === undefined ? undefined : claimed(claimedName, 60)
  switch (assurance) {
    case 'operator':
      return words.operator(name)
    case 'user':
      return words.user(name)
    case 'domain':
    case 'statement':
      return words.vouched(address(vouchedBy ?? ''), name)
    default:
      return words.unverified(name)
  }
}

/** What tokens are bound to, by the thumbprint that a grant keeps. */
export function bindingOf(senderKey: string): 'key' | 'certificate' {
  return senderKey.startsWith('x5t#S256') ? 'certificate' : 'key'
}

/** Said aloud where a name or a logo looks like that of a client which people know. */
export function warningOf({ resembles }: ClientView, { client: words }: Words): Html | false {
  return resembles !== undefined && caution(words.resembles[resembles.by](isolated(resembles.name)))
}

export function caution(words: string | Html): Html {
  return html`<div class="note warn">${CAUTION}<span>${words}</span></div>`
}

/** Where the answer goes, and what to make of that. */
export function whereTo(destination: DestinationView, words: Words): Html {
  const { kind, shown } = destination
  const { client } = words
  switch (kind) {
    case 'https':
      return html`<strong>${address(shown)}</strong>`
    case 'loopback':
      return html`<strong>${client.thisComputer}</strong><span class="line">${address(shown)}</span>${caution(client.thisComputerCaution)}`
    case 'private-use':
      return html`<strong>${client.someApplication}</strong><span class="line">${address(shown)}</span>${caution(client.someApplicationCaution(address(`${shown.slice(0, shown.indexOf(':'))}:`)))}`
    case 'device':
      return onDevice(destination, words)
    default:
      return kind satisfies never
  }
}

/** RFC 8628 §3.3.1, §5.4: the person compares the code, and is told how somebody else would misuse theirs. */
function onDevice({ shown, network, isHere, secondsAgo }: DeviceView, { client: words }: Words): Html {
  return html`<strong>${words.someDevice}</strong><span class="line code">${shown}</span>
<span class="line small soft">${words.asked(secondsAgo, address(network), isHere)}</span>${caution(words.someDeviceCaution)}`
}
