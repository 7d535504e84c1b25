// States of jobs, linears, tasks and workers: a word, a tone and a shape, so that none is told by colour alone.

import { h } from './dom.js';

const LOOKS = {
  VALIDATING: ['Validating', 'idle', 'ring'],
  QUEUED: ['Queued', 'idle', 'target'],
  PENDING: ['Pending', 'idle', 'ring'],
  PRUNING: ['Pruning', 'busy', 'half'],
  RUNNING: ['Running', 'busy', 'half'],
  ASSEMBLING: ['Assembling', 'busy', 'half'],
  EVALUATING: ['Evaluating', 'busy', 'half'],
  BUSY: ['Busy', 'busy', 'half'],
  IDLE: ['Idle', 'idle', 'ring'],
  SUCCEEDED: ['Succeeded', 'good', 'full'],
  DEGRADED: ['Degraded', 'warn', 'diamond'],
  RETRYING: ['Retrying', 'warn', 'triangle'],
  LEAVING: ['Leaving', 'warn', 'triangle'],
  FAILED: ['Failed', 'bad', 'cross'],
  LOST: ['Lost', 'bad', 'cross'],
  CANCELLING: ['Cancelling', 'idle', 'bar'],
  CANCELLED: ['Cancelled', 'idle', 'bar'],
  STOPPED: ['Stopped', 'idle', 'bar'],
};

export const JOB_STATES = [
  'VALIDATING', 'QUEUED', 'PRUNING', 'ASSEMBLING', 'EVALUATING',
  'SUCCEEDED', 'DEGRADED', 'FAILED', 'CANCELLING', 'CANCELLED',
];

const TERMINAL = new Set(['SUCCEEDED', 'DEGRADED', 'FAILED', 'CANCELLED']);

export function isTerminal(state) {
  return TERMINAL.has(state);
}

/** `{label, tone, shape}` of a state; one that is not known keeps its name. */
export function look(state) {
  const [label, tone, shape] = LOOKS[state] ?? [state ?? '–', 'idle', 'ring'];
  return { label, tone, shape };
}

/** The shape alone, for cells and legends. */
export function mark(state) {
  const { tone, shape } = look(state);
  return h('span', { class: 'mark', 'data-tone': tone, 'data-shape': shape, 'aria-hidden': 'true' });
}

/** Shape and word. */
export function badge(state) {
  return h('span', { class: 'badge', 'data-tone': look(state).tone, 'data-state': state }, mark(state), look(state).label);
}
