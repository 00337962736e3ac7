/** The routes of the API itself, the batch groups, the servers and the features. */
import {
  anythingSchema,
  featurePathSchema,
  groupPathSchema,
  listAuditQuerySchema,
  listServersQuerySchema,
  setFeatureSchema,
  setGroupSchema,
} from '#domain/requests';
import { plain, type RouteRow } from './rows.ts';
import { HOLDINGS, LIVE_SERVERS, touching } from './touches.ts';

export const SYSTEM_ROUTES = {
  'get-health': { ...plain, route: 'GET /health', role: 'public', answers: 'Health', touches: [] },
  'get-openapi': { ...plain, route: 'GET /openapi.json', role: 'public', touches: [] },
  'get-job-schema': { ...plain, route: 'GET /job.schema.json', role: 'public', touches: [] },
  'get-console-config': {
    ...plain,
    route: 'GET /console/config.json',
    role: 'public',
    answers: 'ConsoleConfig',
    touches: [],
  },
  /** API Gateway sends here what no other route takes. */
  'refuse-route': {
    ...plain,
    route: '$default',
    role: 'public',
    path: anythingSchema,
    query: anythingSchema,
    body: anythingSchema,
    touches: [],
  },

  'list-groups': {
    ...plain,
    route: 'GET /groups',
    role: 'Reader',
    answers: { listOf: 'Group' },
    touches: ['groups:Scan'],
  },
  'set-group': {
    ...plain,
    route: 'PUT /groups/{batchGroup}',
    role: 'BatchJobManager',
    path: groupPathSchema,
    body: setGroupSchema,
    answers: 'Group',
    touches: ['groups:GetItem', 'groups:UpdateItem', 'events:UpdateItem'],
  },

  'list-servers': {
    ...plain,
    route: 'GET /servers',
    role: 'Reader',
    query: listServersQuerySchema,
    answers: { listOf: 'Server' },
    touches: touching(HOLDINGS, 'servers:BatchGetItem', 'jobs:BatchGetItem'),
  },

  'list-audit': {
    ...plain,
    route: 'GET /events',
    role: 'Reader',
    query: listAuditQuerySchema,
    answers: { listOf: 'Event' },
    touches: ['events/byMonth:Query', 'events:BatchGetItem', 'features:Scan', 'groups:Scan'],
  },

  'list-handlers': {
    ...plain,
    route: 'GET /handlers',
    role: 'Reader',
    answers: { listOf: 'Handler' },
    touches: touching(LIVE_SERVERS, 'runTimes:BatchGetItem'),
  },

  'list-features': {
    ...plain,
    route: 'GET /features',
    role: 'Reader',
    answers: { listOf: 'Feature' },
    touches: ['features:Scan'],
  },
  'set-feature': {
    ...plain,
    route: 'PUT /features/{name}',
    role: 'SystemAdministrator',
    path: featurePathSchema,
    body: setFeatureSchema,
    answers: 'Feature',
    touches: ['features:GetItem', 'features:UpdateItem', 'events:UpdateItem'],
  },
} as const satisfies Readonly<Record<string, RouteRow>>;
