// Hurts a real cluster under load and checks every answer: `npm run chaos -- --help`
import { runCampaign } from './campaign.ts';
import { parseOptions, USAGE, UsageError } from './options.ts';
import { explain, passed, verdict } from './report.ts';
import { runChaos } from './run.ts';

// A campaign that is ended takes its runs with it.
process.once('disconnect', () => process.exit(1));
process.channel?.unref();

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else if (options.seeds) process.exitCode = (await runCampaign(options, options.seeds)) ? 0 : 1;
  else {
    const run = await runChaos(options);
    if (!passed(run.journal) || options.timeline) console.log(explain(run));
    console.log(verdict(run));
    process.exitCode = passed(run.journal) ? 0 : 1;
  }
} catch (error) {
  console.error(`chaos: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
