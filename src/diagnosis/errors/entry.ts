import type { Action, Severity } from '../facts'
import type { CauseName } from '../verdict'

/** One error or log line of etcd, explained. Data only: matching lies in pattern.ts. */
export type Entry = {
  /** Stable: programs may key on it. */
  readonly id: string
  readonly kind: 'error' | 'line'
  /** As etcd writes it, the first is shown. `…` stands for a value: an id, a size, a duration. */
  readonly texts: readonly [string, ...string[]]
  /** Everyday words, as `permission denied`: only taken for etcd's behind its prefix, or as a whole line. */
  readonly everyday: boolean
  /** Where in etcd, or around it. */
  readonly raisedBy: string
  readonly meaning: string
  /** gRPC's number and name. `sent`: what older code puts on the wire instead of what it declares. */
  readonly code: GrpcCode | undefined
  readonly sent: GrpcCode | undefined
  readonly written: Written
  /** Why the call's write was or was not applied. */
  readonly because: string
  readonly transient: 'yes' | 'no' | 'depends'
  /** How bad it is when it stands in a log: what is shown first. */
  readonly severity: Severity
  readonly action: Action
  /** Causes of the verdict that it points to. Empty: none. */
  readonly causes: readonly CauseName[]
}

/** May the write of the call that failed have been applied? */
export type Written = 'no' | 'maybe' | 'can be' | 'n/a'

export type GrpcCode = keyof typeof GRPC_CODES

/** The numbers of gRPC's status codes that etcd and its clients use. */
export const GRPC_CODES = {
  Canceled: 1,
  Unknown: 2,
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  FailedPrecondition: 9,
  OutOfRange: 11,
  Unavailable: 14,
  DataLoss: 15,
  Unauthenticated: 16,
} as const
