/** A query that gets no answer; `type` as Prometheus names it: `bad_data` is the query's fault, `execution` the data's. */
export class PromqlError extends Error {
  override readonly name = "PromqlError";
  readonly type: "bad_data" | "execution";
  constructor(type: PromqlError["type"], message: string) {
    super(message);
    this.type = type;
  }
}
