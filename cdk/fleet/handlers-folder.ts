/** Puts a folder of handlers into the image of the servers. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { WrongSettings } from '#cdk/errors';

/** Where the folder is in the image. */
export const HANDLERS_PATH = '/app/handlers';

/** The last instructions of the Dockerfile, before which the handlers are added. */
const LAST = 'USER node';
const ADD_HANDLERS = 'COPY handlers ./handlers\n';
// First what names the packages: a change of the code alone installs nothing anew.
const INSTALL = `COPY handlers/package.json handlers/package-lock.json ./handlers/
RUN cd handlers && npm ci --omit=dev --no-audit --no-fund
`;

type Sources = { readonly server: readonly string[]; readonly handlersFolder: string };

/**
 * Makes an image from a copy of the server's files and the folder. Installed packages stay out: the image installs its
 * own, for its own platform.
 * @throws WrongSettings if the folder does not exist, or has a package.json and no package-lock.json
 */
export function withHandlers<Image>({ server, handlersFolder }: Sources, make: (directory: string) => Image): Image {
  const folder = checkFolder(resolve(handlersFolder));
  const directory = mkdtempSync(join(tmpdir(), 'lastcall-image-'));
  try {
    for (const path of server) cpSync(path, join(directory, basename(path)), { recursive: true });
    mkdirSync(join(directory, 'handlers'));
    cpSync(folder, join(directory, 'handlers'), { recursive: true, filter: (path) => !isInstalled(path) });
    addToDockerfile(join(directory, 'server', 'Dockerfile'), existsSync(join(folder, 'package.json')));
    return make(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function checkFolder(folder: string): string {
  if (!existsSync(folder)) throw new WrongSettings(`handlersFolder: there is no ${folder}.`);
  const has = (file: string) => existsSync(join(folder, file));
  if (has('package.json') && !has('package-lock.json'))
    throw new WrongSettings(
      `handlersFolder: ${folder} has a package.json and no package-lock.json; run npm install there, so that the image gets what you have tested.`,
    );
  return folder;
}

function isInstalled(path: string): boolean {
  return ['node_modules', '.git'].includes(basename(path));
}

function addToDockerfile(file: string, hasPackages: boolean): void {
  const added = (hasPackages ? INSTALL : '') + ADD_HANDLERS;
  writeFileSync(file, readFileSync(file, 'utf8').replace(LAST, `${added}\n${LAST}`));
}
