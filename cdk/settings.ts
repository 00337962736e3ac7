/** The settings of an installation. A wrong or unknown one fails the synthesis with its name, value and remedy. */
import { z } from 'zod';
import { settingsFields } from '#cdk/settings/fields';
import { checkTogether, withMaximum } from '#cdk/settings/rules';
import { WrongSettings } from './errors.ts';

const settingsSchema = settingsFields.check(checkTogether).transform(withMaximum);

/** What an app may say of an installation: each setting has a default or may be left out. */
export type SettingsInput = z.input<typeof settingsSchema>;
/** The settings with their defaults. */
export type Settings = z.output<typeof settingsSchema>;

/**
 * The settings with their defaults.
 * @throws WrongSettings naming each setting that is wrong or unknown
 */
export function checkSettings(input: unknown): Settings {
  const parsed = settingsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new WrongSettings(`The settings of Lastcall are wrong:\n${z.prettifyError(parsed.error)}`);
}

const contextSchema = z.object({
  lastcall: z
    .preprocess((value) => (typeof value === 'string' ? JSON.parse(value) : value), z.looseObject({}))
    .default({}),
  testStack: z.string().optional(),
  vpcId: z.string().optional(),
});

/**
 * The settings of `cdk deploy -c lastcall={...} -c testStack=NAME -c vpcId=ID`.
 * A test stack costs little and leaves nothing.
 * @throws WrongSettings naming each setting that is wrong or unknown
 */
export function settingsOfContext(context: object): { settings: Settings; vpcId?: string | undefined } {
  const { lastcall, testStack, vpcId } = contextSchema.parse(context);
  const test = {
    installation: `lastcall-${testStack}`,
    removal: 'destroy',
    mfa: 'optional',
    reserveConcurrency: false,
    logDays: 7,
  };
  return { settings: checkSettings(testStack === undefined ? lastcall : { ...test, ...lastcall }), vpcId };
}
