import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { promisify } from "node:util";
import { withServer } from "./support/server.mjs";

test("the example runs as the README says", async () => {
  await withServer(async ({ server }) => {
    const { stdout } = await promisify(execFile)(process.execPath, ["examples/lighthouse.mjs", server]);
    assert.match(stdout, /^3 vectors uploaded, 0 rejected\nsentence-2 0\.\d+ The fog horn/);
    assert.match(stdout, /\(complete, from sentence-2/);
  });
});
