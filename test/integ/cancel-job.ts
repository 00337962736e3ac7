/**
 * For an account: deploys a disposable installation, submits a job over HTTPS as a user of its pool and cancels it. The
 * deployment fails if the job does not end as Cancelled. `docs/deploy.md` says how to run it; jest does not.
 */
import { randomUUID } from 'node:crypto';
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { Lastcall } from '#cdk/lastcall';

const LIMIT = { totalTimeout: Duration.minutes(5), interval: Duration.seconds(5) };

const app = new App();
const stack = new Stack(app, 'lastcall-integ');
const { controlPlane } = new Lastcall(stack, 'Lastcall', {
  installation: 'lastcall-integ',
  removal: 'destroy',
  mfa: 'optional',
  natGateways: 0,
  desiredServers: 1,
});
const { api, identity } = controlPlane;
const UserPoolId = identity.userPoolId ?? '';

const integ = new IntegTest(app, 'CancelJob', { testCases: [stack] });
const { assertions } = integ;
const cognito = (call: string, parameters: object) =>
  assertions.awsApiCall('CognitoIdentityServiceProvider', call, parameters);

const Username = 'operator';
// Only for the user of this test, who is deleted with the stack.
const Password = `Aa1!${randomUUID()}`;
const created = cognito('adminCreateUser', { UserPoolId, Username, MessageAction: 'SUPPRESS' });
const signedIn = cognito('initiateAuth', {
  AuthFlow: 'USER_PASSWORD_AUTH',
  ClientId: identity.audience[0],
  AuthParameters: { USERNAME: Username, PASSWORD: Password },
});
created
  .next(cognito('adminSetUserPassword', { UserPoolId, Username, Password, Permanent: true }))
  .next(cognito('adminAddUserToGroup', { UserPoolId, Username, GroupName: 'BatchJobManager' }))
  .next(signedIn);

const call = (method: string, path: string, body?: object) =>
  assertions.httpApiCall(`${api.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${signedIn.getAttString('AuthenticationResult.AccessToken')}`,
      'content-type': 'application/json',
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
// The package flattens a reply whose attributes are read, so it cannot be compared. If it is refused, the next call fails.
const submitted = call('POST', '/jobs', {
  name: 'integ',
  tasks: [{ handler: 'sleep', input: { seconds: 600, cooperative: true } }],
});
const job = `/jobs/${submitted.getAttString('body.jobId')}`;
submitted
  .next(call('POST', `${job}/cancel`, { reason: 'integ' }).expect(ExpectedResult.objectLike({ status: 202 })))
  .next(
    call('GET', job)
      .expect(ExpectedResult.objectLike({ status: 200, body: { status: 'Cancelled' } }))
      .waitForAssertions(LIMIT),
  );
