/** From settings to a plan: who gets how much load for how long, or why nobody. */

import type { Target } from "./sender.ts";
import { LOAD_SETTINGS, type LoadSetting, type LoadSettings, quoted } from "./settings.ts";

export interface LoadPlan {
  readonly target: Target;
  readonly intervalMs: number;
  readonly durationMs: number;
}

export interface LoadLimits {
  /** What `ip` may be, in lower case; `$NAMESPACE` in app-host becomes `namespace`. */
  readonly allowedHosts: readonly string[];
  readonly namespace: string;
}

export type LoadChoice =
  | { readonly kind: "send"; readonly plan: LoadPlan }
  /** Nobody asked for load. */
  | { readonly kind: "none" }
  /** A sentence for every setting that is wrong. */
  | { readonly kind: "wrong"; readonly problems: readonly string[] };

/** 1000 requests per second. */
const SHORTEST_INTERVAL_S = 0.001;
const LONGEST_INTERVAL_S = 3600;
/** 115 minutes: load must end before the 2 h that its Task may take, or it would turn a good release red. */
const LONGEST_LOAD_S = 6900;

const DEFAULT = { frequencyS: 0.1, durationS: 600, httpPort: 80, httpsPort: 443 } as const;

const NUMBER = /^(\d+(\.\d*)?|\.\d+)$/;
const PATH = /^[\x21-\x7e]*$/;
const HOST_HEADER = /^[\w.-]+(:\d{1,5})?$/;

/** The settings of `stronger` where it has any, else those of `weaker`. */
export function overriding(weaker: LoadSettings, stronger: LoadSettings): LoadSettings {
  return Object.fromEntries(LOAD_SETTINGS.map((setting) => [setting, stronger[setting] ?? weaker[setting]]));
}

/**
 * Judges `settings` and fills in Iter8's defaults (0.1 s between requests, for 600 s) and the port of the scheme.
 * `ip` may start with `http://` or `https://`; a duration longer than 115 minutes means 115 minutes.
 */
export function planLoad(settings: LoadSettings, { allowedHosts, namespace }: LoadLimits): LoadChoice {
  if (Object.values(settings).every((value) => value === undefined)) return { kind: "none" };
  const problems: string[] = [];
  const mustBe = (setting: LoadSetting, allowed: string) => {
    const value = settings[setting];
    problems.push(`${setting} must be ${allowed}${value === undefined ? "" : `, not ${quoted(value)}`}`);
  };
  const number = (
    setting: LoadSetting,
    preset: number,
    isAllowed: (value: number) => boolean,
    allowed: string,
  ) => {
    const text = settings[setting];
    const value = text === undefined ? preset : NUMBER.test(text) ? Number(text) : Number.NaN;
    if (!isAllowed(value)) mustBe(setting, allowed);
    return value;
  };

  const secure = settings.ip?.toLowerCase().startsWith("https://") ?? false;
  const address =
    settings.ip
      ?.toLowerCase()
      .replace(/^https?:\/\//, "")
      .replace(/^\[(.*)\]$/, "$1") ?? "";
  if (address === "") mustBe("ip", "the host name or IP address that load is sent to");
  else if (!allowedHosts.includes(address))
    mustBe("ip", `one of the param load-allowed-hosts (${allowedHosts.join(", ") || "which is empty"})`);

  const port = number(
    "port",
    secure ? DEFAULT.httpsPort : DEFAULT.httpPort,
    (value) => Number.isInteger(value) && value >= 1 && value <= 65535,
    "a whole number from 1 to 65535",
  );
  const intervalS = number(
    "load-frequency",
    DEFAULT.frequencyS,
    (value) => value >= SHORTEST_INTERVAL_S && value <= LONGEST_INTERVAL_S,
    `the seconds between two requests, from ${SHORTEST_INTERVAL_S} (1000 requests per second) to ${LONGEST_INTERVAL_S}`,
  );
  const durationS = number(
    "load-duration",
    DEFAULT.durationS,
    (value) => value >= 1,
    "a number of seconds, at least 1",
  );
  const path = settings["app-path"]?.replace(/#.*/, "") ?? "";
  if (!PATH.test(path)) mustBe("app-path", "a URL path of printable ASCII characters without spaces");
  const host = settings["app-host"]?.replaceAll("$NAMESPACE", namespace);
  if (host !== undefined && !HOST_HEADER.test(host))
    mustBe("app-host", "a host name, with or without a port");

  if (problems.length > 0) return { kind: "wrong", problems };
  return {
    kind: "send",
    plan: {
      target: {
        secure,
        address,
        port,
        path: path.startsWith("/") ? path : `/${path}`,
        ...(host === undefined ? {} : { host }),
      },
      intervalMs: intervalS * 1000,
      durationMs: Math.min(durationS, LONGEST_LOAD_S) * 1000,
    },
  };
}
