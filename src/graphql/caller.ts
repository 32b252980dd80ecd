/** What a caller may do beyond looking. */
export type Permission = 'read' | 'refresh' | 'import';

/** Who sent a request: its name, the customers it may see, its permissions. */
export interface Caller {
  /** For logs and metrics. */
  readonly name: string;
  readonly maySee: (customerId: string) => boolean;
  readonly may: (permission: Permission) => boolean;
}

/** Whoever reaches the gateway while it has no access control. */
export const ANYONE: Caller = {
  name: 'anyone',
  maySee: () => true,
  may: () => true,
};
