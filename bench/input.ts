/** An input of 4 kB as programs send it: orders with ids, names, times and amounts. */

const BYTES = 4_096;

/** Each number begins other orders. */
export function ordersFrom(first: number): unknown {
  const orders = [];
  for (let at = first * 100; JSON.stringify(orders).length < BYTES; at += 1) orders.push(order(at));
  return orders;
}

function order(at: number) {
  return {
    order: `A-${100_000 + ((at * 7_919) % 99_991)}`,
    customer: { id: (at * 31) % 5_000, name: `Customer ${(at * 17) % 977}`, country: ['DE', 'FR', 'US'][at % 3] },
    amount: ((at * 7_919) % 100_000) / 100,
    currency: 'EUR',
    at: new Date(1.7e12 + at * 1e7).toISOString(),
  };
}
