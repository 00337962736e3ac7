/** The faults of a batch server that are not refusals to a caller. */

/** A file of handlers cannot be loaded, or one of its handlers is wrong: the server does not start. */
export class HandlersRefused extends Error {
  override readonly name = 'HandlersRefused';
}

/** A server registered with this id before. ECS never uses an id twice: this process is not in that container. */
export class ServerIdUsed extends Error {
  override readonly name = 'ServerIdUsed';

  constructor(serverId: string) {
    super(`The server id ${serverId} was used before.`);
  }
}

/** The ECS agent replied with an error of its own, or of the request that it made for the container. */
export class AgentFailed extends Error {
  override readonly name = 'AgentFailed';

  constructor(status: number, reply: unknown) {
    super(`The ECS agent failed: ${status} ${JSON.stringify(reply)}`);
  }
}

/** An attempt was to start where no slot is free. */
export class NoFreeSlot extends Error {
  override readonly name = 'NoFreeSlot';
}
