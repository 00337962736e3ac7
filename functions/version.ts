import manifest from '#package' with { type: 'json' };

/** The version of this installation, as in package.json. */
export const VERSION: string = manifest.version;
