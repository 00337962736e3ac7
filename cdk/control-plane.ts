/** Everything between the callers and the records. */
import { Construct } from 'constructs';
import { Console } from '#cdk/console/console';
import { Api } from '#cdk/functions/api';
import { Events, undeliveredQueue } from '#cdk/functions/events';
import { Functions } from '#cdk/functions/functions';
import { Identity, signInOrigins } from '#cdk/functions/identity';
import { Workflows, workflowNames } from '#cdk/functions/workflows';
import { Alarms } from '#cdk/operations/alarms';
import { OperationsDashboard } from '#cdk/operations/dashboard';
import { Addresses } from './addresses.ts';
import { consoleConfigOf } from './environment.ts';
import type { Settings } from './settings.ts';

/** API, console, functions, workflows, events, alarms, dashboard and addresses. */
export class ControlPlane extends Construct {
  readonly api: Api;
  readonly identity: Identity;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const undelivered = undeliveredQueue(this);
    const functions = new Functions(this, 'Functions', { settings, undelivered, workflows: workflowNames() });
    this.api = new Api(this, 'Api', { settings });
    const url = settings.console ? this.#addConsole(settings).url : this.api.url;
    this.identity = new Identity(this, 'Identity', { settings, url });
    const { identity } = this;
    this.api.addRoutes({ functions, identity });
    functions.addEnvironment('LASTCALL_CONSOLE', consoleConfigOf(settings, identity));
    new Workflows(this, 'Workflows', { settings, functions });
    new Events(this, 'Events', { settings, functions, undelivered });
    const { apiId } = this.api;
    const alarms = new Alarms(this, 'Alarms', { settings, apiId, undeliveredName: undelivered.queueName });
    new OperationsDashboard(this, 'Operations', { settings, apiId, alarms });
    new Addresses(this, 'Addresses', {
      settings,
      api: this.api,
      identity,
      consoleUrl: settings.console ? url : undefined,
    });
  }

  #addConsole(settings: Settings): Console {
    const apiDomain = this.api.domain;
    return new Console(this, 'Console', { settings, apiDomain, issuers: signInOrigins(settings) });
  }
}
