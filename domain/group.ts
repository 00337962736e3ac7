import * as z from 'zod';
import { PRIORITIES } from './priorities.ts';

export const groupSchema = z.object({
  batchGroup: z.string(),
  defaultPriority: z.enum(PRIORITIES).optional(),
  changedBy: z.string().optional(),
  changedByName: z.string().optional(),
  changedAt: z.string().optional(),
  /** The event of its last change, as JSON. */
  keptEvent: z.string().optional(),
});
/** A batch group. Its record is made by the first job that names it. */
export type Group = z.infer<typeof groupSchema>;
