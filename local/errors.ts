/** The failures of the local host itself. */

/** The system cannot start. The message says which part failed and what to do. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';
}

/** A part of the system failed to close. */
export class CloseFailed extends Error {
  override readonly name = 'CloseFailed';
}
