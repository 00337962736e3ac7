/** Everything between the callers and the records: API, functions, workflows, events, and what tells operators of trouble. */
import { Construct } from 'constructs';
import { Addresses } from './addresses.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { Events, undeliveredQueue } from './events.ts';
import { Functions } from './functions.ts';
import { Identity } from './identity.ts';
import { OperationsDashboard } from './operations-dashboard.ts';
import type { Settings } from './settings.ts';
import { Workflows, workflowNames } from './workflows.ts';

export class ControlPlane extends Construct {
  readonly api: Api;
  readonly identity: Identity;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const undelivered = undeliveredQueue(this);
    const functions = new Functions(this, 'Functions', { settings, undelivered, workflows: workflowNames() });
    this.identity = new Identity(this, 'Identity', settings);
    const { identity } = this;
    this.api = new Api(this, 'Api', { settings, functions, identity });
    new Workflows(this, 'Workflows', { settings, functions });
    new Events(this, 'Events', { settings, functions, undelivered });
    const { apiId } = this.api;
    const alarms = new Alarms(this, 'Alarms', { settings, apiId, undeliveredName: undelivered.queueName });
    new OperationsDashboard(this, 'Operations', { settings, apiId, alarms });
    new Addresses(this, 'Addresses', { settings, api: this.api, identity });
  }
}
