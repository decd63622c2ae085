/** Runs seeds of the world and prints what broke: `npm run simulate -- --seeds 1000 [--from 1] [--resend]`. */
import { parseArgs } from 'node:util';
import { runWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    resend: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const from = Number(values.from);
const unknownOutcome = values.resend ? 'resend' : 'hold';
const totals = {
  worlds: 0,
  failed: 0,
  acknowledged: 0,
  delivered: 0,
  held: 0,
  crashes: 0,
  requests: 0,
  imports: 0,
};
const began = performance.now();
for (let seed = from; seed < from + Number(values.seeds); seed += 1) {
  const report = await runWorld({ seed, unknownOutcome });
  totals.worlds += 1;
  for (const name of ['acknowledged', 'delivered', 'held', 'crashes', 'requests', 'imports'] as const)
    totals[name] += report[name];
  if (values.verbose) console.log(JSON.stringify(report));
  if (report.violations.length === 0) continue;
  totals.failed += 1;
  console.log(`seed ${seed}: ${report.violations.slice(0, 5).join('\n  ')}`);
  console.log(`  again: npm run simulate -- --from ${seed} --seeds 1${values.resend ? ' --resend' : ''}`);
}
console.log(JSON.stringify({ ...totals, seconds: Math.round((performance.now() - began) / 100) / 10 }));
process.exitCode = totals.failed === 0 ? 0 : 1;
