/** The code that the tasks of this example run. `docs/handlers.md` is the guide to writing such a file. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineCommand, defineHandler, z } from 'lastcall/sdk';

const WORK_MS = 100;
const PAYMENT_MS = 1_000;

const company = z.strictObject({ company: z.string() });

/** Stands for a query to the ledger of one company. */
const extractLedger = defineHandler({
  name: 'ledger.extract',
  input: company,
  async run({ company: name }, { log }) {
    log('Extracting the ledger.', { company: name });
    await sleep(WORK_MS);
    return { company: name, entries: name.length * 100 };
  },
});

/** Stands for a posting that must not be cut short: a cancel lets it run to its end. */
const postAccruals = defineHandler({
  name: 'accruals.post',
  input: company,
  async run({ company: name }) {
    await sleep(WORK_MS);
    return { company: name, posted: true };
  },
});

/** Stands for the sum of all ledgers. */
const consolidate = defineHandler({
  name: 'group.consolidate',
  async run() {
    await sleep(WORK_MS);
    return { companies: 12 };
  },
});

/** Waits for a printer that never answers. It listens to no signal, so a cancel alone does not end it. */
const printStatements = defineHandler({
  name: 'statements.print',
  async run(_input, { log }) {
    log('Waiting for the printer.');
    for (;;) await sleep(WORK_MS);
  },
});

/** Pays one department after the other. Another attempt would pay twice, so its task is not restartable. */
const paySalaries = defineHandler({
  name: 'salaries.pay',
  input: z.strictObject({ payments: z.int().min(1).max(100) }),
  async run({ payments }, { log }) {
    for (let paid = 1; paid <= payments; paid += 1) {
      await sleep(PAYMENT_MS);
      log('Paid.', { paid, payments });
    }
    return { paid: payments };
  },
});

/** A program in Python: its input is JSON on stdin, its result JSON on stdout. */
const reconcileBank = defineCommand({
  name: 'bank.reconcile',
  command: ['python3', join(import.meta.dirname, 'reconcile.py')],
});

export default [extractLedger, postAccruals, consolidate, printStatements, paySalaries, reconcileBank];
