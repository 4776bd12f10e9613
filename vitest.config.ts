import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The scenarios take longest and mostly wait: they begin first, in a worker each, and the other files follow. */
class ScenariosFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isScenarios = ({ moduleId }: TestSpecification) => /\/scenarios-\d\.test\.ts$/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isScenarios), ...sorted.filter((file) => !isScenarios(file))];
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/e2e/**"],
    restoreMocks: true,
    unstubEnvs: true,
    // Tests neither replace modules nor leave anything in them, so the files of a worker share what they import.
    isolate: false,
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: ScenariosFirst },
    // Far more than any test needs; beside the scenarios a busy machine makes some of them slow.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
