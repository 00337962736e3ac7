import type { ContainerTask } from '#local/aws/ecs/containers/container-task';
import { MAX_STOPPED_TASKS, STOPPED_TASK_KEPT_MS } from './limits.ts';
import type { Names } from './names.ts';

type TaskListener = (task: ContainerTask) => void;

class UnknownContainerTask extends Error {
  override readonly name = 'UnknownContainerTask';
}

/** The container tasks that can be described, the oldest first. Each change replaces the task's document. */
export class ContainerTasks {
  readonly names: Names;
  readonly #tasks = new Map<string, ContainerTask>();
  readonly #onChange: TaskListener;

  constructor(names: Names, onChange: TaskListener) {
    this.names = names;
    this.#onChange = onChange;
  }

  /** Adds a new or recovered task and announces it. */
  add(task: ContainerTask): void {
    this.#tasks.set(task.taskArn, task);
    this.#onChange(task);
  }

  /**
   * Replaces some fields, raises the version by one, and announces the task.
   * @throws UnknownContainerTask
   */
  change(taskArn: string, fields: Partial<ContainerTask>): void {
    const task = this.get(taskArn);
    const changed = { ...task, ...fields, version: task.version + 1 };
    this.#tasks.set(taskArn, changed);
    this.#onChange(changed);
  }

  /**
   * The task of this ARN.
   * @throws UnknownContainerTask
   */
  get(taskArn: string): ContainerTask {
    const task = this.#tasks.get(taskArn);
    if (task === undefined) throw new UnknownContainerTask(`There is no container task ${taskArn}.`);
    return task;
  }

  /** The task of this id or ARN; undefined when there is none, or it stopped STOPPED_TASK_KEPT_MS ago. */
  find(idOrArn: string): ContainerTask | undefined {
    this.#forgetOld();
    return this.#tasks.get(this.names.taskArnOf(idOrArn));
  }

  /** All tasks that can be described. */
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
