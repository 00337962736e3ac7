import type { Command } from '@commander-js/extra-typings';

/** A command of the program. `load` returns what declares its arguments and options, and acts. */
export type CommandRow = {
  readonly summary: string;
  readonly load: () => Promise<(command: Command) => void>;
  /** For programs, not for people. */
  readonly isHidden?: boolean;
};
