/** What happens to an object between the request and the store: defaults, schema, checks. */
import { checkBuiltIn } from "./builtin-checks.ts";
import { type Defaults, withDefaults } from "./defaults.ts";
import type { StoreOptions } from "./memory-store.ts";
import { createCustomCheck } from "./validation.ts";

/**
 * The `admit` of a store that behaves like an API server. Custom objects are checked by the CustomResourceDefinitions
 * that are in the store.
 */
export function createAdmission(
  defaults: Defaults = { progressDeadlineSeconds: 10 },
): NonNullable<StoreOptions["admit"]> {
  const check = createCustomCheck();
  return (object, old, store) => {
    const stored = check(withDefaults(object, defaults), store);
    checkBuiltIn(stored, old);
    return stored;
  };
}
