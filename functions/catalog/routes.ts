/** Every route, one row each, by the name of its function. */
import type { z } from 'zod';
import type { SHAPES, Shape } from '#domain/replies';
import { ABORT_ROUTES } from './abort-routes.ts';
import { JOB_ROUTES } from './job-routes.ts';
import { SYSTEM_ROUTES } from './system-routes.ts';

export const ROUTES = { ...SYSTEM_ROUTES, ...JOB_ROUTES, ...ABORT_ROUTES } as const;

/** The name of a route's function. */
export type RouteName = keyof typeof ROUTES;

/** The routes whose job the middleware reads, to check its owner. */
export type OwnJobRouteName = {
  [Name in RouteName]: (typeof ROUTES)[Name] extends { readonly ownJobs: true } ? Name : never;
}[RouteName];

/** What a caller sent, as the route's schemas read it. */
export type Sent<Name extends RouteName> = {
  readonly [Part in Parsed]: z.infer<(typeof ROUTES)[Name][Part]>;
} & { readonly headers: Readonly<Record<string, string>> };
/** The parts of a request that each row has a schema for. */
export type Parsed = 'path' | 'query' | 'body';

/** What the route replies, as its row says. */
export type Answer<Name extends RouteName> = Usual<Name> | DryRun<Name>;
type DryRun<Name extends RouteName> = (typeof ROUTES)[Name] extends { readonly answersDryRun: infer Dry extends Shape }
  ? Shaped<Dry>
  : never;
type Usual<Name extends RouteName> = (typeof ROUTES)[Name] extends { readonly answers: infer Answers }
  ? Answers extends Shape
    ? Shaped<Answers>
    : Answers extends { readonly listOf: infer Item extends Shape }
      ? { readonly items: readonly Shaped<Item>[]; readonly cursor?: string; readonly looked?: number }
      : never
  : object;
type Shaped<Name extends Shape> = z.infer<(typeof SHAPES)[Name]>;
