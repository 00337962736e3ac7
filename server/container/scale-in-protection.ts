/** Keeps ECS from scaling in a server that runs tasks, through the task protection endpoint of the ECS agent. */
import { z } from 'zod';
import { ProtectionRefused } from '#server/errors';

const REQUEST_LIMIT_MS = 5_000;
/** The protection lasts two minutes and is renewed every half minute. If the server dies, it ends soon. */
const PROTECTED_MINUTES = 2;
const RENEW_AFTER_MS = 30_000;

/** If ECS refuses, the agent still replies with status 200, but with `failure` in place of `protection`. */
const protectedSchema = z.object({ protection: z.object({ ProtectionEnabled: z.boolean() }) });

/** The scale-in protection of this container. */
export class ScaleInProtection {
  readonly #url: string;
  #isHeld = false;
  #renewedMs = 0;

  constructor(agentUri: string) {
    this.#url = `${agentUri}/task-protection/v1/state`;
  }

  /**
   * Takes, renews or ends the protection if that is due. Most calls send nothing.
   * @throws ProtectionRefused if ECS refuses; TimeoutError after 5 s. The next call tries again.
   */
  async update(busy: boolean): Promise<void> {
    const isDue = busy !== this.#isHeld || (busy && Date.now() - this.#renewedMs >= RENEW_AFTER_MS);
    if (!isDue) return;
    await this.#put(
      busy ? { ProtectionEnabled: true, ExpiresInMinutes: PROTECTED_MINUTES } : { ProtectionEnabled: false },
    );
    this.#isHeld = busy;
    this.#renewedMs = Date.now();
  }

  async #put(state: { readonly ProtectionEnabled: boolean; readonly ExpiresInMinutes?: number }): Promise<void> {
    const response = await fetch(this.#url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(state),
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
    const reply: unknown = await response.json();
    if (!protectedSchema.safeParse(reply).success) throw new ProtectionRefused(response.status, reply);
  }
}
