import * as z from 'zod';

export const FEATURES = ['EnhancedBatchAbort'] as const;
/** The name of a feature. */
export type FeatureName = (typeof FEATURES)[number];

export const featureSchema = z.object({
  name: z.enum(FEATURES),
  enabled: z.boolean(),
  changedBy: z.string().optional(),
  changedByName: z.string().optional(),
  /** The address of the request. */
  changedFrom: z.string().optional(),
  changedAt: z.string().optional(),
  /** What it was before its last change. */
  before: z.boolean().optional(),
});
/** A feature: a named switch, and who changed it last. */
export type Feature = z.infer<typeof featureSchema>;
