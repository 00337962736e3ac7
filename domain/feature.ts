import { z } from 'zod';

export const FEATURES = ['EnhancedBatchAbort'] as const;
export type FeatureName = (typeof FEATURES)[number];

/** The record of a feature, a named switch. */
export const featureSchema = z.object({
  name: z.enum(FEATURES),
  enabled: z.boolean(),
  changedBy: z.string().optional(),
  changedAt: z.string().optional(),
});
export type Feature = z.infer<typeof featureSchema>;
