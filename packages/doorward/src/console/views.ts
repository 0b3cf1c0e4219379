import type { Reason } from '@doorward/core/oauth/reasons'
import type { PortionView } from './portion.ts'
import type { Words } from './words/words.ts'

/** What the pages show. Values only: who fills them in decides, who draws them does not. */

/** One of the accounts that a browser is signed in to. */
export interface AccountLine {
  readonly email: string
  /** What names it to us; it opens nothing. */
  readonly account: string
  readonly isCurrent: boolean
}

export interface SignInView {
  /** Where the form posts to, and the sealed value that has to come back with it. */
  readonly action: string
  readonly request: string
  readonly email?: string
  /** A sentence for the person, for instance after a wrong password. */
  readonly problem?: string
  readonly correlation: string
  /** Known while somebody is on the way to a consent. */
  readonly client?: ClientView
  readonly resource?: ResourceView
  /** What is asked for in the first form; e-mail and password where left out. */
  readonly step?: 'both' | 'email' | 'password' | 'none'
  readonly providers?: readonly { readonly action: string; readonly name: string }[]
  readonly passkey?: PasskeyView
  /** Where somebody adds a passkey who needs one and has none. */
  readonly addPasskey?: string
  /** Why this page, where it is not plain. */
  readonly why?: 'link' | 'again' | 'passkey' | 'select' | undefined
  /** Who is signed in in this browser, and where one of them is chosen. */
  readonly accounts?: readonly AccountLine[]
  readonly choose?: string
}

/** A question to a passkey, which a script asks. */
export interface PasskeyView {
  readonly action: string
  readonly options: string
  readonly sealed: string
}

/** The way to an identity provider. */
export interface GoingOnView {
  readonly href: string
  readonly name: string
  readonly correlation: string
}

/** Asks whether an account elsewhere belongs to the person who is signed in. */
export interface LinkAccountView {
  readonly action: string
  readonly request: string
  readonly link: string
  readonly email: string
  readonly provider: string
  readonly label: string
  readonly correlation: string
}

/** How a person signs in, and where they are signed in. */
export interface OwnSignInView {
  readonly issuer: string
  readonly action: string
  readonly request: string
  readonly email: string
  /** Whether the last sign-in is young enough to change something. */
  readonly isFresh: boolean
  readonly signInAgain: string
  readonly newPasskey?: PasskeyView | undefined
  readonly hasPassword: boolean
  readonly passkeys: readonly {
    readonly id: string
    readonly name: string
    readonly createdAt: number
    readonly usedAt: number | undefined
  }[]
  readonly identities: readonly {
    readonly provider: string
    readonly name: string
    readonly subject: string
    readonly label: string
    readonly usedAt: number
  }[]
  /** That could be linked. */
  readonly providers: readonly { readonly id: string; readonly name: string }[]
  /** Of the sessions. */
  readonly portion: PortionView
  readonly sessions: readonly {
    readonly digest: string
    readonly isThis: boolean
    readonly browser: string
    readonly network: string
    /** `password`, `passkey`, or the name of a provider. */
    readonly method: string
    readonly at: number
    readonly usedAt: number
  }[]
  readonly problem?: string
  /** Whether it is about the passwords that were typed. */
  readonly isOfPassword?: boolean
  readonly done?: 'password' | undefined
  readonly status?: number
}

export interface ClientView {
  readonly id: string
  /** Who vouches for it: from an operator, who knows everything of it, to nobody, where every word is the client's own. */
  readonly assurance: 'operator' | 'user' | 'statement' | 'domain' | 'invited' | 'claimed'
  /** The name it gives itself; never shown before what is known. */
  readonly claimedName?: string | undefined
  readonly claimedUri?: string | undefined
  /** The domain, the issuer of the statement, or the invite that vouches for it. */
  readonly vouchedBy?: string | undefined
  /** An address of this server; only where somebody else vouches for the client. */
  readonly logo?: string | undefined
  /** A well-known client that this one's name or picture points to, without being shown to be it. */
  readonly resembles?: { readonly name: string; readonly by: 'name' | 'logo' } | undefined
  /** Other hosts and schemes at which it may take answers. */
  readonly alsoAt?: readonly string[]
  /** It may take answers on any device. */
  readonly onDevices?: boolean
}

export interface ResourceView {
  readonly uri: string
  readonly name: string
}

export interface ScopeView {
  readonly name: string
  readonly description: string
  /** The tools that this scope opens; empty where the server does not say. */
  readonly tools: readonly string[]
  /** Where the person picks: what it lets an application do; reading is ticked beforehand. */
  readonly pick?: 'read' | 'write'
}

/** One thing that is asked for in detail, all of it, in the operator's words and order; only the values are a stranger's. */
export interface DetailView {
  readonly description: string
  readonly facts: readonly { readonly label: string; readonly values: readonly string[] }[]
}

export type DestinationView = RedirectView | DeviceView

export interface RedirectView {
  readonly kind: 'https' | 'loopback' | 'private-use'
  /** `https://claude.ai`, `cursor://anysphere.cursor-mcp`, `http://localhost:8787`. */
  readonly shown: string
}

/** No address: a device elsewhere waits for the answer. */
export interface DeviceView {
  readonly kind: 'device'
  /** The code that it shows. */
  readonly shown: string
  /** Network prefix from which it asked. */
  readonly network: string
  /** Whether the person's browser is in that network too. */
  readonly isHere: boolean
  readonly secondsAgo: number
}

export interface ConsentView {
  readonly action: string
  readonly request: string
  readonly switchAccount: string
  readonly email: string
  /** The other accounts of this browser, and where one of them is chosen. */
  readonly others?: readonly AccountLine[]
  readonly choose?: string
  readonly client: ClientView
  readonly destination: DestinationView
  readonly resource: ResourceView
  /** What is asked for; of a request for more, what is new. */
  readonly scopes: readonly ScopeView[]
  /** Asked for as well, and not for the groups of this person. */
  readonly unavailable?: readonly ScopeView[]
  /** What the person allowed before and would allow again; empty but for a request for more. */
  readonly kept: readonly ScopeView[]
  /** Empty where nothing is asked for in detail. */
  readonly details: readonly DetailView[]
  /** The ends that a person may choose, in days. */
  readonly days: readonly number[]
  /** The answer can be shown instead of sent: the application waits on another machine. */
  readonly mayCarry: boolean
  /** Nothing was ticked. */
  readonly isEmpty: boolean
  /** How long the access lasts without use, in days. */
  readonly idleDays: number
  readonly accessMinutes: number
  readonly correlation: string
  /** An operator's own yes admits the application for everybody. */
  readonly admits: boolean
}

/** An answer to carry to another machine. */
export interface AnswerView {
  readonly url: string
  /** How long it is good. */
  readonly seconds: number
  readonly correlation: string
}

/** Shown to a person whose application an operator has to admit first. */
export interface ApprovalView {
  readonly action: string
  readonly request: string
  readonly switchAccount: string
  readonly email: string
  /** The other accounts of this browser, and where one of them is chosen. */
  readonly others?: readonly AccountLine[]
  readonly choose?: string
  readonly client: ClientView
  readonly destination: DestinationView
  readonly resource: ResourceView
  /** Whether an operator was asked already. */
  readonly isAsked: boolean
  /** Where to look again, and where the script of the page asks. */
  readonly again: string
  readonly state: string
  readonly correlation: string
}

/** Offered where a request names no resource and there are several. */
export interface ResourceChoiceView {
  readonly action: string
  readonly choices: readonly { readonly href: string; readonly resource: ResourceView }[]
  readonly correlation: string
}

/** Where a person types what a device shows. */
export interface DevicePageView {
  readonly action: string
  readonly request: string
  readonly email: string
  readonly switchAccount: string
  readonly userCode?: string
  readonly problem?: string
  readonly status?: number
  readonly correlation: string
}

/** What to do with what is pasted into a client. */
export type Hint = keyof Words['home']['hints']

/** The start page: what runs here and what to paste where. */
export interface HomeView {
  readonly issuer: string
  readonly resources: readonly ResourceView[]
  readonly snippets: readonly { readonly client: string; readonly hint: Hint; readonly text: string }[]
  readonly email?: string
  /** The console, for operators. */
  readonly admin?: string
  readonly signIn: string
  readonly ownClients: string
  /** Where codes of devices are typed, if they are taken. */
  readonly device?: string
  readonly signOut?: { readonly action: string; readonly request: string }
}

/** A person's own applications. */
export interface OwnClientsView {
  readonly issuer: string
  readonly action: string
  readonly request: string
  readonly clients: readonly {
    readonly id: string
    readonly name: string | undefined
    readonly redirectUris: readonly string[]
    /** Another secret can be given to it. */
    readonly hasSecret: boolean
  }[]
  /** Registered a moment ago, or its secret renewed; the secret is shown this once. */
  readonly made?: { readonly id: string; readonly secret: string | undefined; readonly isRenewed?: boolean }
  readonly problem?: { readonly reason: Reason; readonly description: string }
  /** What was typed into the form that comes back. */
  readonly name?: string
  readonly redirectUris?: string
  readonly wantsSecret?: boolean
}

/** A page ready to send. `scripts` and `styles` are the CSP hashes of what stands inline in it. */
export interface Page {
  readonly status: number
  readonly bytes: Buffer<ArrayBuffer>
  /** `'sha256-…'` sources. */
  readonly scriptHashes: readonly string[]
  readonly styleHashes: readonly string[]
}
