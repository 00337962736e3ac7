import type { ContainerTask } from '#local/aws/ecs/containers/container-task';
import { MAX_STOPPED_TASKS, STOPPED_TASK_KEPT_MS } from './limits.ts';
import { taskArnOf } from './names.ts';

type TaskListener = (task: ContainerTask) => void;

/** The container tasks that can be described, oldest first. A task is never changed in place: each change is a new document. */
export class ContainerTasks {
  readonly #tasks = new Map<string, ContainerTask>();
  readonly #onChange: TaskListener;

  constructor(onChange: TaskListener) {
    this.#onChange = onChange;
  }

  /** Takes a task in, new or remembered, and announces it. */
  add(task: ContainerTask): void {
    this.#tasks.set(task.taskArn, task);
    this.#onChange(task);
  }

  /** Replaces some fields, makes the version grow by one, and announces the task. Throws for an unknown ARN. */
  change(taskArn: string, fields: Partial<ContainerTask>): ContainerTask {
    const task = this.#tasks.get(taskArn);
    if (task === undefined) throw new Error(`There is no container task ${taskArn} to change.`);
    const changed = { ...task, ...fields, version: task.version + 1 };
    this.#tasks.set(taskArn, changed);
    this.#onChange(changed);
    return changed;
  }

  /** The task of this id or full ARN, unless it never was or its time as a stopped task is over. */
  find(idOrArn: string): ContainerTask | undefined {
    this.#forgetOld();
    return this.#tasks.get(taskArnOf(idOrArn));
  }

  list(): ContainerTask[] {
    this.#forgetOld();
    return [...this.#tasks.values()];
  }

  #forgetOld(): void {
    const oldest = Date.now() - STOPPED_TASK_KEPT_MS;
    const stopped = [...this.#tasks.values()].filter((task) => task.lastStatus === 'STOPPED');
    for (const [index, task] of stopped.entries()) {
      const isTooMany = index < stopped.length - MAX_STOPPED_TASKS;
      if (isTooMany || Date.parse(task.stoppedAt ?? task.createdAt) < oldest) this.#tasks.delete(task.taskArn);
    }
  }
}
