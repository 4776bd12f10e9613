/** `when` of a pipeline task. */
import type { WhenExpression } from "./manifest.ts";
import { substitute, type Variables } from "./substitution.ts";

/** Whether all expressions hold; a variable that is not known is compared as it is written. */
export function allows(when: readonly WhenExpression[], variables: Variables): boolean {
  return when.every(({ input, operator, values }) => {
    const found = values.some((value) => substitute(value, variables) === substitute(input, variables));
    return operator === "in" ? found : !found;
  });
}
