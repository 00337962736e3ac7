/** What the servers run on: Fargate, Fargate Spot, or both by their shares. */
import type { CapacityProviderStrategy, FargateService, ICluster } from 'aws-cdk-lib/aws-ecs';
import { CfnClusterCapacityProviderAssociations } from 'aws-cdk-lib/aws-ecs';
import type { Settings } from '#cdk/settings';

/** The strategy of the service, also without Spot: a service cannot change from a launch type to a strategy. */
export function capacityOf({ spotPercent }: Pick<Settings, 'spotPercent'>): CapacityProviderStrategy[] {
  const shares = { FARGATE: 100 - spotPercent, FARGATE_SPOT: spotPercent };
  return Object.entries(shares).flatMap(([capacityProvider, weight]) =>
    weight > 0 ? [{ capacityProvider, weight }] : [],
  );
}

/** Gives the cluster both kinds: before its service, and until the service is gone, because ECS demands it. */
export function provideCapacity(cluster: ICluster, service: FargateService): void {
  const associations = new CfnClusterCapacityProviderAssociations(service, 'Capacity', {
    cluster: cluster.clusterName,
    capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    defaultCapacityProviderStrategy: [],
  });
  service.node.defaultChild?.node.addDependency(associations);
}
