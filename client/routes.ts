/** The routes as types: from the table by which the API itself parses and replies, so they cannot differ from it. */
import type { z } from 'zod';
import type { Answer, ROUTES, RouteName } from '#functions/catalog/routes';

type Routes = typeof ROUTES;

/** A route as the API's description writes it, such as `POST /jobs/{jobId}/cancel`. */
export type Route = Exclude<Routes[RouteName]['route'], '$default'>;

/** What a call of the route sends. A part whose fields are all optional is optional, too. */
export type Request<Of extends Route> = Part<'path', Sends<Of, 'path'>> &
  Part<'query', Loosely<Sends<Of, 'query'>>> &
  Part<'body', Sends<Of, 'body'>>;

/** What the route replies. A dry run is another question: `Client.dryRunJob`. */
export type Reply<Of extends Route> = Exclude<Answer<NameOf<Of>>, DryRun>;

/** What a submission would become. */
export type DryRun = Extract<Answer<'submit-job'>, { readonly dryRun: true }>;

/** The routes that reply a list. */
export type ListRoute = {
  [Name in RouteName]: Routes[Name] extends { readonly answers: { readonly listOf: unknown } }
    ? Routes[Name]['route']
    : never;
}[RouteName];

/** An item of the route's list. */
export type Item<Of extends ListRoute> = Reply<Of> extends { readonly items: readonly (infer Each)[] } ? Each : never;

type NameOf<Of extends Route> = {
  [Name in RouteName]: Routes[Name]['route'] extends Of ? Name : never;
}[RouteName];
type Sends<Of extends Route, Name extends 'path' | 'query' | 'body'> = z.input<Routes[NameOf<Of>][Name]>;
// biome-ignore lint/complexity/noBannedTypes: only {} asks whether all fields are optional
type Part<Name extends string, Fields> = {} extends Fields
  ? { readonly [Each in Name]?: Fields }
  : { readonly [Each in Name]: Fields };
/** A query is text: numbers are written as such. */
type Loosely<Fields> = {
  [Name in keyof Fields]: string extends Fields[Name] ? Fields[Name] | number : Fields[Name];
};
