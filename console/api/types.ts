/** What the API replies, by the client's own types. */
import type { Item } from '#client/client';

export type { Abort, DryRun, Job, JobEvent, Plan, Server, Task, Waiting } from '#client/client';
export type Feature = Item<'GET /features'>;
export type Group = Item<'GET /groups'>;
export type AuditEvent = Item<'GET /events'>;
