import { Logger } from '@aws-lambda-powertools/logger';

/** One JSON line per entry; service name and level come from Powertools' own variables. */
export const logger = new Logger();
