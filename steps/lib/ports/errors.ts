/**
 * The closed set of errors that cross a port. Clients translate what their library throws into one of these;
 * above them nobody looks at status codes. Messages read "could not <verb> <what>: <reason>".
 */
export class StepError extends Error {
  override readonly name: string = "StepError";
}

/** What was answered, without the call that it answers. */
export function reasonOf({ message }: StepError): string {
  return message.replace(/^could not [^:]*: /, "");
}

/** The object is not there. */
export class NotFoundError extends StepError {
  override readonly name = "NotFoundError";
}

/** Somebody wrote the object since it was read, or it is another object of the same name: read again. */
export class ConflictError extends StepError {
  override readonly name = "ConflictError";
}

/** An object of that name exists already. */
export class AlreadyExistsError extends StepError {
  override readonly name = "AlreadyExistsError";
}

/** The server understood and will never accept this (400, 422). */
export class InvalidError extends StepError {
  override readonly name = "InvalidError";
}

/** Not allowed (401, 403). Trying again will not help. */
export class RefusedError extends StepError {
  override readonly name = "RefusedError";
}

/** No answer, or an answer that may be different in a moment (network, time-out, 429, 5xx). */
export class UnavailableError extends StepError {
  override readonly name = "UnavailableError";
}
