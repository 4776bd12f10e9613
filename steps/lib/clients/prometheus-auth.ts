/** How a request to Prometheus proves who sends it. */
export interface PrometheusAuth {
  readonly token?: string;
  /** Basic authentication; ignored when there is a token. */
  readonly basic?: { readonly username: string; readonly password: string };
  /** PEM of the authority that signed the server's certificate. */
  readonly ca?: string;
}

/** The text of a file, or undefined when there is none. */
type Reader = (path: string) => string | undefined;

/**
 * The authentication in the folder of a mounted Secret with the keys `token`, or `username` and `password`, and
 * `ca.crt`, all optional. `file` reads what a log may show: a user called like a service must not blank its name.
 */
export function prometheusAuth(folder: string, secret: Reader, file: Reader = secret): PrometheusAuth {
  const token = secret(`${folder}/token`);
  const username = file(`${folder}/username`);
  const ca = file(`${folder}/ca.crt`);
  return {
    ...(token !== undefined && { token }),
    ...(username !== undefined && { basic: { username, password: secret(`${folder}/password`) ?? "" } }),
    ...(ca !== undefined && { ca }),
  };
}
