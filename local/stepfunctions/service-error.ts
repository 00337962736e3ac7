/** An error that callers of the API get, under the name that the service gives it. */
export class ServiceError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The request does not have the form that the operation wants. */
export function validationError(problem: string): ServiceError {
  return new ServiceError('ValidationException', problem);
}
