/** Every command by its name: what it does in a few words, and where its code is. It is loaded when it is used. */
import type { CommandRow } from './command-row.ts';

export const COMMANDS: Readonly<Record<string, CommandRow>> = {
  submit: {
    summary: 'submit a job file (- for stdin)',
    load: async () => (await import('#cli/commands/jobs/submit')).submit,
  },
  'add-tasks': {
    summary: 'add tasks to a held job',
    load: async () => (await import('#cli/commands/jobs/add-tasks')).addTasks,
  },
  validate: {
    summary: 'check a job file',
    load: async () => (await import('#cli/commands/files/validate')).validate,
  },
  init: {
    summary: 'write a job file to start from',
    load: async () => (await import('#cli/commands/files/init')).init,
  },
  jobs: { summary: 'list jobs, newest first', load: async () => (await import('#cli/commands/jobs/jobs')).jobs },
  job: { summary: 'show a job', load: async () => (await import('#cli/commands/jobs/job')).job },
  tasks: { summary: 'list the tasks of a job', load: async () => (await import('#cli/commands/jobs/tasks')).tasks },
  task: {
    summary: 'show a task: its input and result, and why its attempts failed',
    load: async () => (await import('#cli/commands/jobs/task')).task,
  },
  events: {
    summary: 'show who did what to a job, and when',
    load: async () => (await import('#cli/commands/jobs/events')).events,
  },
  watch: { summary: 'follow a job to its end', load: async () => (await import('#cli/commands/jobs/watch')).watch },
  why: { summary: 'say what a job waits for', load: async () => (await import('#cli/commands/jobs/why')).why },
  hold: {
    summary: 'keep tasks of a job from starting',
    load: async () => (await import('#cli/commands/jobs/hold')).hold,
  },
  release: { summary: 'let a held job start', load: async () => (await import('#cli/commands/jobs/release')).release },
  requeue: {
    summary: 'run an ended job again',
    load: async () => (await import('#cli/commands/jobs/requeue')).requeue,
  },
  priority: {
    summary: 'give a job another priority',
    load: async () => (await import('#cli/commands/jobs/priority')).priority,
  },
  cancel: {
    summary: 'let nothing more of jobs start',
    load: async () => (await import('#cli/commands/jobs/cancel')).cancel,
  },
  plan: {
    summary: 'show what an abort would do',
    load: async () => (await import('#cli/commands/aborts/plan')).plan,
  },
  abort: {
    summary: 'stop the running tasks of a cancelled job by force',
    load: async () => (await import('#cli/commands/aborts/abort')).abort,
  },
  aborts: { summary: 'list aborts', load: async () => (await import('#cli/commands/aborts/aborts')).aborts },
  'abort-status': {
    summary: 'show an abort',
    load: async () => (await import('#cli/commands/aborts/abort-status')).abortStatus,
  },
  withdraw: {
    summary: 'take back an abort while its servers drain',
    load: async () => (await import('#cli/commands/aborts/withdraw')).withdraw,
  },
  servers: {
    summary: 'list the batch servers',
    load: async () => (await import('#cli/commands/system/servers')).servers,
  },
  groups: { summary: 'list the batch groups', load: async () => (await import('#cli/commands/system/groups')).groups },
  'set-group': {
    summary: 'set the priority that new jobs of a batch group have by default',
    load: async () => (await import('#cli/commands/system/set-group')).setGroup,
  },
  handlers: {
    summary: 'list the handlers that servers have',
    load: async () => (await import('#cli/commands/system/handlers')).handlers,
  },
  features: {
    summary: 'list the features',
    load: async () => (await import('#cli/commands/system/features')).features,
  },
  audit: {
    summary: 'show what people did in the whole system',
    load: async () => (await import('#cli/commands/system/audit')).audit,
  },
  enable: {
    summary: 'turn a feature on',
    load: async () => (await import('#cli/commands/system/enable')).enable,
  },
  disable: {
    summary: 'turn a feature off',
    load: async () => (await import('#cli/commands/system/disable')).disable,
  },
  login: { summary: 'sign in', load: async () => (await import('#cli/commands/session/login')).login },
  logout: { summary: 'forget the token', load: async () => (await import('#cli/commands/session/logout')).logout },
  whoami: {
    summary: 'say who is signed in, where, and with which roles',
    load: async () => (await import('#cli/commands/session/whoami')).whoami,
  },
  open: { summary: 'open a job in the console', load: async () => (await import('#cli/commands/jobs/open')).open },
  completion: {
    summary: 'print the completion of a shell',
    load: async () => (await import('#cli/commands/session/completion')).completion,
  },
  complete: {
    summary: 'say how a command line can go on',
    load: async () => (await import('#cli/commands/session/complete')).completeAmong(COMMANDS),
    isHidden: true,
  },
  local: { summary: 'run the whole system on this machine', load: async () => (await import('#local/command')).local },
};
