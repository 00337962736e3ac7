import { z } from 'zod';
import { PRIORITIES } from './priorities.ts';

/** The record of a batch group: made known by the first job that names it. */
export const groupSchema = z.object({
  batchGroup: z.string(),
  defaultPriority: z.enum(PRIORITIES).optional(),
  changedBy: z.string().optional(),
  changedAt: z.string().optional(),
});
export type Group = z.infer<typeof groupSchema>;
