import type * as v from 'valibot'
import type { AuthorityContext, DerivedKeys, Visit } from '../../context.ts'
import type { Keyring } from '../../keys/keyring.ts'
import type { Operator, Permission } from '../permissions.ts'

/** What governing needs of the world. A running server has all of it; whoever sits at its database can make it. */
export interface GoverningContext
  extends Pick<
    AuthorityContext,
    | 'issuer'
    | 'store'
    | 'now'
    | 'random'
    | 'audit'
    | 'resources'
    | 'policy'
    | 'ruleMemory'
    | 'news'
    | 'groupRules'
    | 'registration'
    | 'redirectSchemes'
    | 'mtls'
  > {
  readonly keys: Pick<DerivedKeys, 'clientSecret' | 'invite'>
  readonly keyring: Pick<Keyring, 'rotate'>
  /** At a database without its server nobody knows which scopes there are, nor how clients may say who they are. */
  readonly isOffline?: true
}

export interface Call {
  readonly ctx: GoverningContext
  /** Undefined at the command line of the server itself. */
  readonly visit: Visit | undefined
  readonly operator: Operator
}

export type InputSchema = v.GenericSchema<unknown, object> & {
  readonly entries: Readonly<Record<string, v.GenericSchema>>
}

/** One thing that an operator can do or look at. It is an endpoint, a page's act and a command at once. */
export interface Action<
  Input extends InputSchema = InputSchema,
  Output extends v.GenericSchema<object, object> = v.GenericSchema<object, object>,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the address of the API; `{id}` is a member of the input. */
  readonly path: string
  readonly permission: Permission
  /** What some input needs besides. */
  also?(input: v.InferOutput<Input>): Permission | undefined
  /** What it does, in one sentence. */
  readonly describe: string
  /** Of a success. Left out: 200. 204 sends nothing. */
  readonly status?: 201 | 204
  /** What stands in path and query, or for `POST` and `PUT` in path and JSON body. */
  readonly input: Input
  /** What it does not name does not leave. */
  readonly output: Output
  run(call: Call, input: v.InferOutput<Input>): Promise<Frozen<v.InferInput<Output>>>
}

export type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T

/** Checks the types of one action against each other. */
export function action<Input extends InputSchema, Output extends v.GenericSchema<object, object>>(
  value: Action<Input, Output>,
): Action<Input, Output> {
  return value
}
