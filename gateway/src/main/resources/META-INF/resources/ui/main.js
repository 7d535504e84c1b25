import { h, put } from './dom.js';
import { empty } from './notice.js';
import { start } from './router.js';
import { showCompare } from './compare.js';
import { showJob } from './job.js';
import { showJobs } from './jobs.js';
import { showSubmit } from './submit.js';
import { showWorkers } from './workers.js';

start(document.getElementById('main'), {
  jobs: showJobs,
  job: showJob,
  compare: showCompare,
  workers: showWorkers,
  submit: showSubmit,
  missing: (outlet) => put(outlet, empty('There is no such page', 'The address may be mistyped.',
    h('a', { class: 'button', href: '#/jobs' }, 'All jobs'))),
});
