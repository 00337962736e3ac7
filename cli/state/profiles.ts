/** Profiles: named systems in one YAML file, `profiles: {prod: {url, issuer?, clientId?, scope?}}`, `profile: prod`. */
import { type Stopped, wrongUse } from '#cli/exit-codes';
import { isObject } from './json-file.ts';
import { configFile, readIfThere } from './places.ts';

/** Where a system is, and who issues its tokens. Without an issuer it is one in local mode. */
export type Profile = {
  readonly url: string;
  readonly issuer?: string;
  readonly clientId?: string;
  readonly scope?: string;
};

type Chosen = { readonly url?: string | undefined; readonly profile?: string | undefined };

const LOCAL_URL = 'http://127.0.0.1:4000';
const FIELDS = ['url', 'issuer', 'clientId', 'scope'] as const;

/**
 * The profile of the command line or of the environment (`LASTCALL_PROFILE`), else that of the file, else local mode. A
 * URL of the command line or of `LASTCALL_URL` replaces that of the profile.
 * @throws Stopped naming what is wrong with the file, the profile or the URL
 */
export async function chooseProfile(chosen: Chosen): Promise<Profile> {
  const { LASTCALL_URL, LASTCALL_PROFILE } = process.env;
  const name = chosen.profile ?? (LASTCALL_PROFILE || undefined);
  const url = chosen.url ?? (name === undefined ? LASTCALL_URL || undefined : undefined);
  const profile = name === undefined && url !== undefined ? { url } : await readProfile(name);
  return { ...profile, url: checkUrl(url ?? profile.url) };
}

async function readProfile(wanted: string | undefined): Promise<Profile> {
  const text = await readIfThere(configFile());
  if (text === undefined && wanted === undefined) return { url: LOCAL_URL };
  const config = await parseConfig(text ?? '');
  const profiles = isObject(config.profiles) ? config.profiles : {};
  const name = wanted ?? (typeof config.profile === 'string' ? config.profile : undefined);
  if (name === undefined) return { url: LOCAL_URL };
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (isObject(profile)) return toProfile(name, profile);
  throw noProfile(name, Object.keys(profiles));
}

function noProfile(name: string, names: readonly string[]): Stopped {
  return wrongUse(
    `${configFile()} has no profile "${name}": it has ${names.join(', ') || 'none'}.`,
    `the command again with ${names.length === 0 ? `--url ${LOCAL_URL}` : `--profile ${names[0]}`}`,
  );
}

// Loaded only where there is a file: most machines have none.
async function parseConfig(text: string): Promise<Readonly<Record<string, unknown>>> {
  const { parse } = await import('yaml');
  try {
    const config: unknown = parse(text) ?? {};
    if (isObject(config)) return config;
  } catch (error) {
    throw wrongUse(`${configFile()} is not YAML: ${error instanceof Error ? error.message : error}`);
  }
  throw wrongUse(`${configFile()} must be a map with "profiles".`);
}

function toProfile(name: string, profile: Readonly<Record<string, unknown>>): Profile {
  const unknown = Object.keys(profile).filter((field) => !FIELDS.some((each) => each === field));
  if (unknown.length > 0) throw wrongUse(`${configFile()}, profile "${name}": ${unknown.join(', ')} is unknown.`);
  const text = (field: (typeof FIELDS)[number]) => {
    const value = profile[field];
    return typeof value === 'string' ? { [field]: value } : {};
  };
  const url = typeof profile.url === 'string' ? profile.url : LOCAL_URL;
  return { ...text('issuer'), ...text('clientId'), ...text('scope'), url };
}

function checkUrl(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, '');
  throw wrongUse(`"${url}" is not the URL of a system.`, `the command again with a URL like --url ${LOCAL_URL}`);
}
