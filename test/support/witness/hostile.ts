/** The witness handlers, and ten that do harm: each floods, hoards, leaves something behind or ends its process. */
import { spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { defineCommand, defineHandler } from 'lastcall/sdk';
import witnesses from './handlers.ts';

const BLOCK_BYTES = 32 * 2 ** 20;
/** The argument by which the programs that it leaves are found. */
export const LEFT_SECONDS = '3607';
const hoarded: unknown[] = [];

const hostile = [
  defineHandler({
    name: 'hostile.log',
    run: (_, { log }) => {
      for (let line = 0; ; line += 1) log('A line of a flood.', { line });
    },
  }),
  defineHandler({
    name: 'hostile.print',
    run: () => {
      for (;;) console.log('a flood');
    },
  }),
  defineCommand({ name: 'hostile.complain', command: ['sh', '-c', 'exec yes >&2'] }),
  defineHandler({
    name: 'hostile.heap',
    run: () => {
      for (;;) hoarded.push({ a: 1, b: [1, 2] });
    },
  }),
  defineHandler({
    name: 'hostile.buffers',
    async run() {
      for (;;) {
        hoarded.push(Buffer.alloc(BLOCK_BYTES, 1));
        await sleep(20);
      }
    },
  }),
  defineHandler({
    name: 'hostile.orphans',
    run: () => {
      for (let count = 0; count < 5; count += 1)
        spawnSync('sh', ['-c', `setsid sleep ${LEFT_SECONDS} >/dev/null 2>&1 </dev/null &`]);
    },
  }),
  defineHandler({
    name: 'hostile.children',
    run: () => {
      for (let count = 0; count < 5; count += 1)
        spawn('sleep', [LEFT_SECONDS], { stdio: 'ignore', detached: true }).unref();
      throw new Error('Its children are left.');
    },
  }),
  defineHandler({
    name: 'hostile.threads',
    run: () => {
      new Worker('for (;;);', { eval: true }).unref();
      setInterval(() => Promise.reject(new Error('too late')), 10).unref();
    },
  }),
  defineHandler({
    name: 'hostile.kill',
    run: () => {
      process.kill(0, 'SIGKILL');
      return new Promise(() => {});
    },
  }),
  defineHandler({
    name: 'hostile.deaf',
    run: () => {
      for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => {});
      for (;;);
    },
  }),
];

export { hostile };
export default [...witnesses, ...hostile];
