/** What the API replies, by the schemas that it replies with. */
import type { z } from 'zod';
import type { SHAPES } from '#domain/replies';

type Shaped<Name extends keyof typeof SHAPES> = z.infer<(typeof SHAPES)[Name]>;

export type Job = Shaped<'Job'>;
export type Task = Shaped<'Task'>;
export type JobEvent = Shaped<'JobEvent'>;
export type Plan = Shaped<'Plan'>;
export type Abort = Shaped<'Abort'>;
export type Server = Shaped<'Server'>;
export type Feature = Shaped<'Feature'>;
export type Group = Shaped<'Group'>;
export type Handler = Shaped<'Handler'>;
export type DryRun = Shaped<'DryRun'>;
export type Waiting = Shaped<'Waiting'>;
export type Page<Item> = { readonly items: readonly Item[]; readonly cursor?: string };
