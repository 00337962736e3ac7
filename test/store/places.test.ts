import { expect, test } from '@jest/globals';
import { Places, spansBeside, spansIn } from '#store/counts/places';

function placesOf(...noted: (readonly [shard: number, taskId: string])[]): Places {
  const places = new Places();
  for (const [shard, taskId] of noted) places.note(shard, taskId);
  return places;
}

test('A process notes the first and the last id of each shard, and tells when it has gone on to another one', () => {
  const places = placesOf([3, 't5'], [3, 't1'], [3, 't4']);
  expect([places.latest, places.moves]).toEqual(['3 t1 t5', 0]);
  places.note(17, 't9');
  places.note(3, 't2');
  expect([places.latest, places.all, places.moves]).toEqual(['17 t9 t9', '3 t1 t5,17 t9 t9', 1]);
});

test('The span of ids that are cut has all of them', () => {
  const id = 'customer-4711-invoice-2026-01-';
  const [span] = spansIn([placesOf([0, `${id}1`], [0, `${id}9`]).all]);
  expect(span?.from.length).toBeLessThan(id.length);
  expect(span && span.from <= `${id}1` && span.to >= `${id}9`).toBe(true);
});

test('Spans of several processes that meet are one, and a malformed one is left out', () => {
  expect(spansIn(['1 b d,0 a a', '1 c f', 'x', '1 g h'])).toEqual([
    { shard: 0, from: 'a', to: 'a' },
    { shard: 1, from: 'b', to: 'f' },
    { shard: 1, from: 'g', to: 'h' },
  ]);
});

test('What lies beside spans begins behind each of them', () => {
  expect(spansBeside(spansIn(['1 b d', '1 g h']), 2)).toEqual([
    { shard: 0, from: ' ', to: '~' },
    { shard: 1, from: ' ', to: 'b' },
    { shard: 1, from: 'd ', to: 'g' },
    { shard: 1, from: 'h ', to: '~' },
  ]);
});
