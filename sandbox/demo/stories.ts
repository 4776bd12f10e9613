/** The stories that the demo can tell. */

export interface DemoStory {
  readonly name: string;
  /** The scenario, from the repository's root. */
  readonly path: string;
  /** What it shows, for the list of stories. */
  readonly about: string;
  /** What a reader should know before it begins, in lines. */
  readonly preface: readonly string[];
  /** Whether its experiment checks at an interval that can be set. */
  readonly checks: boolean;
}

export const STORIES: readonly DemoStory[] = [
  {
    name: "tutorial",
    path: "test/scenarios/tutorial.yaml",
    about: "a slow update and a quick one, compared at an interval",
    preface: [],
    checks: true,
  },
  {
    name: "evidence",
    path: "sandbox/demo/evidence.yaml",
    about: "an update that fails now and then and a good one, decided on evidence",
    preface: [
      "How to read the odds. A sceptic has one coin and bets, at fair odds, that the new version is worse than the experiment",
      "allows. If it is not, the chance that he ever owns 100 coins is at most 1 %, however often we look. Once he does, even",
      "without the scrape that was best for him, the odds are 100:1 against the new version and it is rolled back. A second",
      "player bets that it is fine, on each criterion apart; with 20:1 for every one it is promoted. The less it can cost, the",
      "more traffic it gets meanwhile.",
    ],
    checks: false,
  },
];

export type Choice =
  | { readonly kind: "story"; readonly story: DemoStory; readonly intervalS: number | undefined }
  | { readonly kind: "problem"; readonly problem: string };

/** The story that a command line asks for; the first one when it names none. `interval` is what `--interval` was given. */
export function chooseStory(names: readonly string[], interval?: string): Choice {
  const [name = STORIES[0]?.name ?? "", ...more] = names;
  const story = STORIES.find((one) => one.name === name);
  const known = STORIES.map((one) => one.name).join(", ");
  if (story === undefined) return problem(`There is no story ${JSON.stringify(name)}; there are: ${known}.`);
  if (more.length > 0) return problem(`One story at a time, not also ${more.join(", ")}.`);
  if (interval === undefined) return { kind: "story", story, intervalS: undefined };
  const intervalS = Number(interval);
  if (!(intervalS > 0)) return problem(`--interval must be a number of seconds above 0, not ${interval}.`);
  if (!story.checks) {
    return problem(`--interval has no meaning for the story ${name}: evidence is weighed at every scrape.`);
  }
  return { kind: "story", story, intervalS };
}

function problem(text: string): Choice {
  return { kind: "problem", problem: text };
}
