import * as z from 'zod';
import { PRIORITIES } from './priorities.ts';

export const groupSchema = z.object({
  batchGroup: z.string(),
  defaultPriority: z.enum(PRIORITIES).optional(),
  changedBy: z.string().optional(),
  changedByName: z.string().optional(),
  /** The address of the request. */
  changedFrom: z.string().optional(),
  changedAt: z.string().optional(),
  /** What it was before its last change. */
  before: z.enum(PRIORITIES).optional(),
});
/** A batch group. Its record is made by the first job that names it. */
export type Group = z.infer<typeof groupSchema>;
