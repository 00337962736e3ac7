/** A CloudFront distribution on this machine: it serves the files of a folder; all else is for its other origin. */
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Reply } from '#local/aws/apigateway/reply';

/** What a distribution is made of. */
type Distribution = {
  /** The folder, whose files appear below `prefix`. */
  readonly folder: string;
  readonly prefix: string;
  /** Path patterns of the behaviours of the folder; `*` stands for any characters. */
  readonly paths: readonly string[];
  /** Paths that go to the other origin, although a pattern fits them. */
  readonly except: readonly string[];
  /** The file for a path without an ending. */
  readonly page: string;
  /** The headers of a file by its path, such as those of a response headers policy. */
  readonly headersOf: (path: string) => Readonly<Record<string, string>>;
};

type File = { readonly content: Buffer; readonly gzip: Buffer; readonly type: string };

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/**
 * Replies to requests for files, and returns undefined for those of the other origin. It reads the folder at its first
 * request. As in CloudFront, a behaviour for files takes GET and HEAD only.
 * Source: CloudFront Developer Guide, "All distribution settings reference", "Allowed HTTP methods"
 */
export function distributionOf(distribution: Distribution): (request: IncomingMessage) => Reply | undefined {
  const patterns = distribution.paths.map(patternOf);
  let files: ReadonlyMap<string, File> | undefined;
  return (request) => {
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    if (distribution.except.includes(path) || !patterns.some((pattern) => pattern.test(path))) return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'This method is not allowed.');
    files ??= readFolder(distribution);
    const name = extname(path) === '' ? distribution.page : path;
    const file = files.get(name);
    if (!file) return plain(404, files.size === 0 ? `${distribution.folder} is empty: npm run build` : 'Not found.');
    return replyOf(request, file, distribution.headersOf(name));
  };
}

function patternOf(pattern: string): RegExp {
  return new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`);
}

function readFolder({ folder, prefix }: Distribution): ReadonlyMap<string, File> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const content = readFileSync(file);
      const type = TYPES[extname(entry.name)] ?? 'application/octet-stream';
      return [`${prefix}${file.slice(folder.length)}`, { content, gzip: gzipSync(content), type }];
    }),
  );
}

function replyOf(request: IncomingMessage, file: File, headers: Readonly<Record<string, string>>): Reply {
  const isZipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')) && !file.type.startsWith('font/');
  return {
    status: 200,
    headers: {
      ...headers,
      'content-type': file.type,
      vary: 'accept-encoding',
      ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
    },
    body: isZipped ? file.gzip : file.content,
  };
}

function plain(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
